#!/usr/bin/env python3
"""Measures cmpm beside its peers, as whole processes in one run, and writes docs/performance.md.

Repositories are what users have: initialised, committed, packed, with the hooks as they are installed. Cold process, warm file
cache; the commands of a row alternate, what was written before is on disk when one begins, and the median counts. Only ratios are
written down: they hold on other machines, milliseconds do not. Peers that are not installed are named as absent.

    cargo build --release && python3 benches/compare.py [--quick] [--only WORD]
"""

import argparse
import importlib
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CMPM = ROOT / "target/release/cmpm"
WORDS = (
    "parser index branch worktree release checklist deploy token cache schema border anchor link page reader writer commit merge "
    "policy agent ticket memory search signal socket thread buffer cursor window render layout theme palette router handler"
).split()


class Bench:
    """A temporary home, the rows so far, and how often each command runs."""

    def __init__(self, folder, runs):
        self.folder, self.runs, self.rows, self.notes = folder, runs, [], []
        self.env = {
            "PATH": os.environ["PATH"], "HOME": str(folder / "home"), "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Bench", "GIT_AUTHOR_EMAIL": "bench@example.invalid",
            "GIT_COMMITTER_NAME": "Bench", "GIT_COMMITTER_EMAIL": "bench@example.invalid",
        }
        (folder / "home").mkdir()

    def sh(self, *command, cwd=None, check=True):
        return subprocess.run([str(part) for part in command], cwd=cwd, env=self.env, check=check, capture_output=True, text=True).stdout

    def repo(self, name, fill):
        """A repository with what `fill` writes in it, as it is after `cmpm init`, a commit and a clone's worth of packing."""
        folder = self.folder / name
        folder.mkdir()
        self.sh("git", "init", "-q", "-b", "main", cwd=folder)
        self.sh(CMPM, "init", cwd=folder)
        fill(folder)
        self.sh("git", "add", "-A", cwd=folder)
        self.sh("git", "commit", "-qm", "one", "--no-verify", cwd=folder)
        self.sh("git", "repack", "-adq", cwd=folder)
        self.sh(CMPM, "hook", "install", cwd=folder)
        time.sleep(0.1)  # so that git and cmpm may believe what they keep of these files
        self.sh("git", "update-index", "-q", "--really-refresh", cwd=folder)
        return folder

    def time(self, commands, cwd, before=None, runs=None):
        """The median seconds of each command, run in turns, with nothing left to be written when it begins."""
        taken = {name: [] for name in commands}
        for turn in range((runs or self.runs) + 1):
            for name, command in commands.items():
                if before:
                    before(name)
                os.sync()
                started = time.perf_counter()
                subprocess.run([str(part) for part in command], cwd=cwd, env=self.env, stdin=subprocess.DEVNULL, capture_output=True)
                if turn:  # the first turn warms the cache
                    taken[name].append(time.perf_counter() - started)
        return {name: statistics.median(times) for name, times in taken.items()}

    def peaks(self, of, commands, cwd, wanted):
        """Notes the most memory that each command holds, in MB."""
        source = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        peak = lambda command: int(self.sh("python3", "-c", source, *command, cwd=cwd)) // 1024
        said = ", ".join(f"{name} {peak(command)} MB" for name, command in commands.items())
        self.notes.append(f"Peak memory at {of}: {said} (wanted: at most {wanted}).")
        print(self.notes[-1], flush=True)

    def row(self, work, times, peer, target, growth):
        ratio = times["cmpm"] / times[peer]
        self.rows.append((work, peer, ratio, target, growth))
        print(f"{work}: {times['cmpm'] * 1000:.1f} ms, {ratio:.2f} of {peer} {times[peer] * 1000:.1f} ms (wanted {target})", flush=True)


def tickets(folder, count):
    random.seed(1)
    place = folder / "tasks/issues"
    place.mkdir(parents=True)
    for number in range(count):
        ident = f"ISS-{number:08d}"
        status = random.choice(["planning", "ready", "active", "done"])
        body = "\n".join(" ".join(random.choices(WORDS, k=12)) for _ in range(8))
        (place / f"{ident}-bench.md").write_text(
            f"---\nid: {ident}\nkind: issue\ntitle: {' '.join(random.choices(WORDS, k=5))}\nstatus: {status}\npriority: medium\n"
            f"created: 2026-01-31T09:00:00Z\nlabels:\n  - bench\n{relations(number)}---\n\n## Description\n\n{body}\n\n## Acceptance criteria\n\n- [ ] done\n"
        )


def relations(number):
    """Every third ticket waits for another, and nine of ten are parts of a tenth."""
    needed = f"depends_on:\n  - ISS-{random.randrange(number):08d}\n" if number % 3 == 2 else ""
    return needed + (f"parent: ISS-{number // 10 * 10:08d}\n" if number % 10 else "")


def notes(folder, count):
    random.seed(2)
    for number in range(count):
        ident = f"MEM-{number:08d}"
        place = folder / ".cmpm/memory/pattern" / str(number % 100)
        place.mkdir(parents=True, exist_ok=True)
        body = "\n".join(" ".join(random.choices(WORDS, k=14)) for _ in range(15))
        (place / f"{ident}-note.md").write_text(
            f"---\nid: {ident}\ncategory: pattern\ntitle: {' '.join(random.choices(WORDS, k=6))}\ntags:\n  - bench\n---\n\n{body}\n"
        )


def start_up(bench):
    times = bench.time({"cmpm": [CMPM, "--version"], "git --version": ["git", "--version"]}, bench.folder)
    bench.row("start-up (`cmpm --version`)", times, "git --version", "≤ 1.5", "constant: nothing is read before the verb is known")


def scan_of(word, place):
    """The peer that reads everything once, and its name."""
    scan = ["rg", "-c", word, place] if shutil.which("rg") else ["grep", "-rc", word, place]
    return f"{scan[0]} -c", scan


def lists(bench, sizes):
    growth = "per file: one look; a read and a parse only of what changed since the last time"
    peer, scan = scan_of("^status:", "tasks")
    for count in sizes:
        folder = bench.repo(f"tickets-{count}", lambda folder: tickets(folder, count))
        commands = {"list": [CMPM, "ticket", "list"], "ready": [CMPM, "ready"]}
        for verb, command in commands.items():
            bench.row(f"{verb}, {count:,} tickets", bench.time({"cmpm": command, peer: scan}, folder), peer, "≤ 1", growth)
        check = bench.time({"cmpm": [CMPM, "check", "--all"], peer: scan}, folder, runs=3)
        bench.row(f"check of everything, {count:,} tickets", check, peer, "≤ 3 at 10,000", "per file one read, for its form and for secrets")
        if count == max(sizes):
            bench.peaks(f"{count:,} tickets", commands, folder, 100)


def views(bench, sizes):
    """Everything that shows many tickets, beside the plain list."""
    growth = "as list; and per ticket and per edge one step"
    for count in sizes:
        folder = bench.folder / f"tickets-{count}"
        others = {"board": ["board"], "blocked": ["blocked"], "graph": ["ticket", "graph"]}
        for name, words in others.items():
            times = bench.time({"cmpm": [CMPM, *words], "list": [CMPM, "ticket", "list"]}, folder)
            bench.row(f"{name}, {count:,} tickets", times, "list", "≤ 1.5 at 10,000", growth)


def branches(bench, sizes):
    """The picture of all branches with fifty of them, of which each changed five tickets, beside the same with one."""
    for count in sizes:
        one, many = bench.repo(f"one-{count}", lambda folder: tickets(folder, count)), bench.folder / f"many-{count}"
        shutil.copytree(one, many)
        for number in range(50):
            bench.sh("git", "switch", "-qc", f"branch-{number}", "main", cwd=many)
            for file in sorted((many / "tasks/issues").iterdir())[number * 5 : number * 5 + 5]:
                file.write_text(file.read_text() + f"\nChanged on branch {number}.\n")
            bench.sh("git", "commit", "-qam", f"work {number}", "--no-verify", cwd=many)
        bench.sh("git", "switch", "-q", "main", cwd=many)
        time.sleep(0.1)
        for name, words in {"list": ["ticket", "list"], "ready": ["ready"]}.items():
            times = bench.time({"cmpm": [CMPM, "-C", many, *words, "--branches"], "1 branch": [CMPM, "-C", one, *words, "--branches"]}, one)
            bench.row(f"{name} --branches, 50 branches, {count:,} tickets", times, "1 branch", "≤ 1.5", "per branch that moved one comparison of trees, once")


def writes(bench, sizes):
    durable = ["sh", "-c", "printf x > probe.tmp && sync probe.tmp && mv probe.tmp probe && sync ."]
    peer = "one durable file (sh)"
    for count in sizes:
        folder = bench.folder / f"tickets-{count}"
        times = bench.time({"cmpm": [CMPM, "issue", "create", "Measure"], peer: durable}, folder)
        bench.row(f"create one ticket, {count:,} there", times, peer, "≤ 3", "independent of the number of tickets")
        some = "ISS-00000001"
        works = {"complete": ["reopen", "complete"], "claim": ["release", "claim"]}
        for name, (back, word) in works.items():
            before = lambda _: bench.sh(CMPM, "ticket", back, some, cwd=folder, check=False)
            times = bench.time({"cmpm": [CMPM, "ticket", word, some], peer: durable}, folder, before)
            bench.row(f"{name} one ticket, {count:,} there", times, peer, "claim ≤ 10 ms", f"per file one look; here {times['cmpm'] * 1000:.0f} ms")


def one_record(bench, sizes):
    """What a verb about one ticket costs among many, beside the same among few."""
    few, *more = sizes
    some, written = "ISS-00000001", "its file; and, as the folder was written to, the names in it"
    for count in more:
        works = {
            "comment on": (["comment", some, "Measured"], None, "its file"),
            "claim": (["claim", some], "release", "its file"),
            "update": (["update", some, "--description", "Measured"], None, written),
            "show": (["show", some], None, "its file; and, for its parts, one look at each file"),
            "complete": (["complete", some], "reopen", "its file; and, for its parts, one look at each file"),
        }
        among = f"the same among {few:,}"
        for name, (words, back, growth) in works.items():
            folders = {"cmpm": bench.folder / f"tickets-{count}", among: bench.folder / f"tickets-{few}"}
            before = lambda which: back and bench.sh(CMPM, "ticket", back, some, cwd=folders[which], check=False)
            commands = {which: ["env", "-C", folder, CMPM, "ticket", *words] for which, folder in folders.items()}
            times = bench.time(commands, bench.folder, before, runs=7)
            bench.row(f"{name} one ticket, {count:,} there", times, among, "≤ 1.2 at 10,000; ≤ 1.5 at 100,000", growth)


def moves(bench, sizes):
    """An import of beads records, and the merge of one ticket as git asks for it."""
    beads = importlib.import_module("import")
    for count in sizes:
        source = bench.folder / f"issues-{count}.jsonl"
        source.write_text("".join(line + "\n" for line in beads.records(count)))
        command = "rm -rf imported && git init -q imported && cd imported"
        shell = lambda work: ["sh", "-c", f"{command} && {work}"]
        loop = "while read -r line; do n=$((n + 1)); printf '%s' \"$line\" > $n.md; done"
        times = bench.time({"cmpm": shell(f"'{CMPM}' ticket import '{source}'"), "a file a line (sh)": shell(f"{loop} < '{source}' && sync -f .")}, bench.folder, runs=3)
        each = times["cmpm"] / count * 1e6
        bench.row(f"import of {count:,} beads records", times, "a file a line (sh)", "a second or two at 10,000", f"per record; here {each:.0f} µs each")


def memory(bench, sizes):
    growth = "per file one look at it; per changed file one read; per answer the postings of its words"
    for count in sizes:
        folder = bench.repo(f"notes-{count}", lambda folder: notes(folder, count))
        scan = ["rg", "-i", "-c", "worktree", ".cmpm/memory"] if shutil.which("rg") else ["grep", "-ric", "worktree", ".cmpm/memory"]
        peer, runs = " ".join(scan[:3]) + " word", max(3, bench.runs // 2)
        search, pack = [CMPM, "memory", "search", "worktree"], [CMPM, "memory", "pack", "worktree"]
        cold = bench.time({"cmpm": search, peer: scan}, folder, lambda _: shutil.rmtree(folder / ".git/cmpm", ignore_errors=True), runs=3)
        bench.row(f"first search, no index yet, {count:,} notes", cold, peer, "≤ 4 at 100,000", "per file one read; an index is written from 200 files on")
        if count == max(sizes):
            shutil.rmtree(folder / ".git/cmpm", ignore_errors=True)
            bench.peaks(f"{count:,} notes", {"building": search, "searching": search, "pack": pack, "stats": [CMPM, "memory", "stats"]}, folder, 150)
        times = bench.time({"cmpm": search, peer: scan}, folder, runs=runs)
        bench.row(f"memory search, {count:,} notes", times, peer, "≤ 0.5 at 1,000; ≤ 0.3 at 100,000", growth)
        times = bench.time({"cmpm": pack, "memory search": search}, folder, runs=runs)
        bench.row(f"memory pack, {count:,} notes", times, "memory search", "≤ 2", "as search; and per candidate one read")
        times = bench.time({"cmpm": [CMPM, "memory", "stats"], peer: scan}, folder, runs=3)
        bench.row(f"memory stats, {count:,} notes", times, peer, "≤ 2", "per file one read; per pair that may be alike a look at two sketches")
        edited(bench, folder, (count, search))
        durable = ["sh", "-c", "printf x > probe.tmp && sync probe.tmp && mv probe.tmp probe && sync ."]
        add = [CMPM, "memory", "add", "Zebras graze at night, as measured."]
        times = bench.time({"cmpm": add, "one durable file (sh)": durable}, folder, runs=runs)
        more = (times["cmpm"] - times["one durable file (sh)"]) * 1000
        bench.row(f"memory add, {count:,} there", times, "one durable file (sh)", "+ a few ms", f"one look at each folder, the words of the new one in the index; here + {more:.0f} ms")


def edited(bench, folder, of):
    """A search after ten notes were changed, in turns with the same search in a store where nothing was."""
    count, search = of
    other = bench.repo(f"notes-{count}-edited", lambda folder: notes(folder, count))
    searches = {"cmpm": ["env", "-C", other, *search], "before them": ["env", "-C", folder, *search]}
    bench.time(searches, folder, runs=1)  # both have an index
    for file in random.Random(4).sample(sorted((other / ".cmpm/memory").rglob("*.md")), 10):
        file.write_text(file.read_text() + "\nOne more line about a worktree.\n")
    times = bench.time(searches, folder, runs=max(5, bench.runs // 2))
    bench.row(f"memory search after 10 edits, {count:,} notes", times, "before them", "≤ 1.3", "per changed file one read")
    shutil.rmtree(other)


def everything(bench, sizes):
    """`cmpm search` over tickets."""
    for count in sizes:
        folder = bench.folder / f"tickets-{count}"
        scan = ["rg", "-i", "-c", "worktree", "tasks"] if shutil.which("rg") else ["grep", "-ric", "worktree", "tasks"]
        peer = " ".join(scan[:3]) + " word"
        times = bench.time({"cmpm": [CMPM, "search", "worktree"], peer: scan}, folder)
        bench.row(f"search over everything, {count:,} tickets", times, peer, "≤ 1", "as memory search, for each kind of page")


def hook(bench):
    """A commit with all hooks as they are installed, beside one with a hook that does nothing."""
    folder = bench.repo("hook", lambda folder: (folder / "a.rs").write_text("fn main() {}\n"))
    place, turn = folder / ".git/hooks", [0]
    installed = {file.name: file.read_text() for file in place.iterdir() if file.suffix != ".sample"}

    def before(name):
        turn[0] += 1
        for known in [*installed, "pre-commit"]:
            (place / known).unlink(missing_ok=True)
        for known, text in (installed if name == "cmpm" else {"pre-commit": "#!/bin/sh\nexit 0\n"}).items():
            (place / known).write_text(text)
            (place / known).chmod(0o755)
        (folder / "a.rs").write_text(f"fn main() {{ let turn = {turn[0]}; }}\n")
        bench.sh("git", "add", "a.rs", cwd=folder)

    commit = ["git", "commit", "-qm", "next"]
    times = bench.time({"cmpm": commit, "an empty sh hook": commit}, folder, before)
    more = (times["cmpm"] - times["an empty sh hook"]) * 1000
    names = ", ".join(sorted(installed))
    bench.row(f"commit of one small file with all hooks ({names})", times, "an empty sh hook", "≤ + 8 ms", f"per staged file; here + {more:.0f} ms")


def delegate(bench, files):
    def fill(folder):
        random.seed(3)
        for number in range(files):
            place = folder / f"src/{number % 200}"
            place.mkdir(parents=True, exist_ok=True)
            (place / f"file{number}.txt").write_text(" ".join(random.choices(WORDS, k=20)) + "\n")
        (folder / ".cmpm/agents").mkdir(parents=True, exist_ok=True)
        (folder / ".cmpm/agents/bench.md").write_text('---\nname: bench\ndescription: Writes one file\nwrite: ["src/**"]\n---\n\nWrite it.\n')
        bench.sh(CMPM, "task", "create", "Measure", cwd=folder)

    folder = bench.repo("delegate", fill)
    # `delegate show` and `clean` take what the run before left out of the way; they are not timed.
    commands = {
        "cmpm": [CMPM, "delegate", "run", "TSK", "--agent", "bench", "--runner", "command", "--", "sh", "-c", "echo x > src/0/new.txt"],
        "git worktree add": ["git", "worktree", "add", "-q", "--no-track", "-b", "bench", str(bench.folder / "tree")],
    }

    def before(_):
        for run in bench.sh(CMPM, "delegate", "list", "--json", cwd=folder).split('"run":"')[1:]:
            bench.sh(CMPM, "delegate", "clean", "--force", run.split('"')[0], cwd=folder)
        bench.sh("git", "worktree", "remove", "--force", str(bench.folder / "tree"), cwd=folder, check=False)
        bench.sh("git", "branch", "-qD", "bench", cwd=folder, check=False)
        shutil.rmtree(folder / ".git/cmpm/trash", ignore_errors=True)

    times = bench.time(commands, folder, before, runs=max(3, bench.runs // 3))
    growth = "per file of the repository for the worktree; per changed file for everything else"
    bench.row(f"a whole run of an agent that does nothing, {files:,} files", times, "git worktree add", "≤ 1", growth)


def scan(bench):
    peers = {"gitleaks": ["gitleaks", "dir", "--no-banner", "."], "ripsecrets": ["ripsecrets", "."]}
    installed = {name: command for name, command in peers.items() if shutil.which(name)}
    if not installed:
        return
    folder = bench.folder / "delegate"
    for name, command in installed.items():
        times = bench.time({"cmpm": [CMPM, "check", "--all"], name: command}, folder, runs=max(3, bench.runs // 3))
        bench.row("secret scan of a tree", times, name, "≤ 0.5", "per byte")


PAGE = ROOT / "docs/performance.md"
HEAD = """# Performance

Made by `benches/compare.py`: whole processes, cold process and warm file cache, commands alternating, medians. A ratio below 1
means that cmpm is faster than its peer. The repositories are initialised and committed, with all hooks installed; before each command
everything is on disk. How the work of a verb grows with the number of tickets is not timed but counted, in system calls, by a test
(`no_verb_does_more_for_each_ticket_than_it_may`).

A verb about one record that is named by its whole id reads that record alone; the names of the others are listed again only where
a file came, went or was replaced in their folders. An answer about all records, such as a list, looks at each file once and reads
those that changed since the last time: of a file that was not looked at, no cache is believed. The parts of a ticket and what
replaces a memory may be said in any file, and nothing but the file itself tells that it was edited where it is: neither its
folder nor git's index changes. So `ticket show`, `complete` and `memory show` look at each file as well, but make something of
those alone that have to do with the one. `memory add` only hints at what is alike; for that it looks at folders.

| work | peer | ratio | wanted | how the cost grows |
|---|---|---|---|---|
"""
PEERS = ("rg", "gitleaks", "ripsecrets", "br", "git-issue", "wt", "prek", "pre-commit", "lefthook")


def write_page(bench, whole):
    """The whole page, or these rows and notes in the place of those that were there."""
    new = [f"| {work} | {peer} | {ratio:.2f} | {target} | {growth} |" for work, peer, ratio, target, growth in bench.rows]
    lines = [] if whole or not PAGE.exists() else PAGE.read_text().splitlines()
    key = lambda line: line.split("|")[1] if line.startswith("|") else line.split(":")[0]
    mine = {key(line) for line in [*new, *bench.notes]}
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| work")]
    at = next((at for at, line in enumerate(rows) if key(line) in mine), len(rows))
    rows = [*(row for row in rows[:at]), *new, *(row for row in rows[at:] if key(row) not in mine)]
    notes = [line for line in lines if line.startswith("Peak") and key(line) not in mine] + bench.notes
    absent = ", ".join(name for name in PEERS if not shutil.which(name)) or "none"
    PAGE.write_text(HEAD + "\n".join([*rows, "", *notes, *([""] if notes else []), f"Not installed, so not measured: {absent}.", ""]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer runs and smaller sets; writes no page")
    parser.add_argument("--only", default="", help="only this part, such as `memory`; its rows are put in the place of those on the page")
    options = parser.parse_args()
    if not CMPM.exists():
        raise SystemExit("build it first: cargo build --release")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder).resolve(), 5 if options.quick else 15)
        small, large = [1_000], [1_000, 10_000]
        sizes, grown = (small, small) if options.quick else (large, [*large, 100_000])
        work = {
            "start_up": lambda: start_up(bench),
            "tickets": lambda: (lists(bench, grown), views(bench, sizes), everything(bench, sizes), branches(bench, sizes), writes(bench, sizes), one_record(bench, grown), moves(bench, sizes)),
            "memory": lambda: memory(bench, grown),
            "hook": lambda: hook(bench), "delegate": lambda: delegate(bench, 2_000 if options.quick else 20_000), "scan": lambda: scan(bench),
        }
        for name, run in work.items():
            if options.only in name:
                run()
        if not options.quick:
            write_page(bench, whole=not options.only)


if __name__ == "__main__":
    main()
