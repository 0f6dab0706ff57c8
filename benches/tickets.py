#!/usr/bin/env python3
"""Measures tickets with one branch and with many, as whole processes: list, ready, one picture of all branches, claim.

Cold process, warm file cache; the commands of a row alternate, and the median counts.

    cargo build --release && python3 benches/tickets.py [--quick] [--branches 50] [--program PATH]
"""

import argparse
import os
import random
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORDS = "parser index branch worktree release checklist deploy token cache schema border anchor link page reader writer".split()
ENV = {
    "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Bench", "GIT_AUTHOR_EMAIL": "bench@example.invalid",
    "GIT_COMMITTER_NAME": "Bench", "GIT_COMMITTER_EMAIL": "bench@example.invalid",
}


def run(*command, cwd):
    return subprocess.run([str(part) for part in command], cwd=cwd, env=ENV, check=True, capture_output=True, text=True).stdout


def repository(folder, count):
    """A repository on `main` with so many tickets, committed."""
    random.seed(1)
    place = folder / "tasks/issues"
    place.mkdir(parents=True)
    for number in range(count):
        status = random.choice(["planning", "ready", "active", "done"]) if number else "planning"
        body = "\n".join(" ".join(random.choices(WORDS, k=12)) for _ in range(8))
        (place / f"ISS-{number:08d}-bench.md").write_text(
            f"---\nid: ISS-{number:08d}\nkind: issue\ntitle: {' '.join(random.choices(WORDS, k=5))}\nstatus: {status}\n"
            f"priority: medium\ncreated: 2026-01-31T09:00:00Z\n---\n\n## Description\n\n{body}\n"
        )
    run("git", "init", "-q", "-b", "main", cwd=folder)
    run("git", "add", "-A", cwd=folder)
    run("git", "commit", "-qm", "tickets", cwd=folder)


def branches(folder, count, tickets):
    """So many branches, each with five tickets changed."""
    for number in range(count):
        run("git", "switch", "-qc", f"branch-{number}", "main", cwd=folder)
        for turn in range(5):
            ticket = folder / f"tasks/issues/ISS-{(number * 5 + turn) % tickets:08d}-bench.md"
            ticket.write_text(ticket.read_text() + f"\nChanged on branch {number}.\n")
        run("git", "commit", "-qam", f"work {number}", cwd=folder)
    run("git", "switch", "-q", "main", cwd=folder)


def measure(commands, folder, turns):
    """The median milliseconds of each command, run in turns; the first turn warms the caches."""
    taken = {name: [] for name in commands}
    for turn in range(turns + 1):
        for name, (before, command) in commands.items():
            if before:
                subprocess.run([str(part) for part in before], cwd=folder, env=ENV, capture_output=True)
            started = time.perf_counter()
            subprocess.run([str(part) for part in command], cwd=folder, env=ENV, stdin=subprocess.DEVNULL, capture_output=True)
            if turn:
                taken[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer turns, 1,000 tickets only")
    parser.add_argument("--branches", type=int, default=50)
    parser.add_argument("--program", default=ROOT / "target/release/cmpm")
    options = parser.parse_args()
    turns = 5 if options.quick else 15
    cmpm = options.program
    print("| tickets | work | 1 branch | " + f"{options.branches} branches | ratio |\n|---|---|---|---|---|")
    for count in [1_000] if options.quick else [1_000, 10_000]:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place).resolve() / "repo"
            folder.mkdir()
            ENV["HOME"] = place
            repository(folder, count)
            time.sleep(0.1)
            some = "ISS-00000000"
            commands = {
                "list": (None, [cmpm, "ticket", "list", "--branches"]),
                "ready": (None, [cmpm, "ready", "--branches"]),
                "list --here": (None, [cmpm, "ticket", "list", "--here"]),
                "claim": ([cmpm, "ticket", "release", some], [cmpm, "ticket", "claim", some]),
                "git for-each-ref": (None, ["git", "for-each-ref"]),
            }
            one = measure(commands, folder, turns)
            branches(folder, options.branches, count)
            many = measure(commands, folder, turns)
            for name in commands:
                print(f"| {count:,} | {name} | {one[name]:.1f} ms | {many[name]:.1f} ms | {many[name] / one[name]:.2f} |", flush=True)


main()
