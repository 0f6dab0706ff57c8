#!/usr/bin/env python3
"""Measures an import of beads records: new, again without a change, and as a dry run; beside `br` where it is installed.

    cargo build --release && python3 benches/import.py [RECORDS]
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CMPM = ROOT / "target/release/cmpm"
WORDS = "parser index branch worktree release token cache schema anchor link page reader writer commit merge policy agent ticket".split()


def records(count):
    """Lines as beads writes them: every third has a dependency, every tenth a comment."""
    rng = random.Random(1)
    for number in range(count):
        name = f"bd-{number:05x}"
        record = {
            "id": name, "title": " ".join(rng.choices(WORDS, k=6)), "description": " ".join(rng.choices(WORDS, k=80)),
            "status": rng.choice(["open", "in_progress", "closed"]), "priority": rng.randrange(5),
            "issue_type": rng.choice(["bug", "task", "feature"]), "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-03T03:04:05Z",
        }
        if record["status"] == "closed":
            record["closed_at"] = record["updated_at"]
        if number % 3 == 2:
            needed = f"bd-{rng.randrange(number):05x}"
            record["dependencies"] = [{"issue_id": name, "depends_on_id": needed, "type": "blocks", "created_at": record["created_at"]}]
        if number % 10 == 0:
            record["comments"] = [{"id": number, "issue_id": name, "author": "ana", "text": "tried it", "created_at": record["created_at"]}]
        yield json.dumps(record)


def timed(name, count, *command, cwd):
    start = time.perf_counter()
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    print(f"{name:<28} {seconds:7.2f} s  {seconds / count * 1e6:7.0f} µs a record")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        os.environ |= {"HOME": folder, "GIT_CONFIG_NOSYSTEM": "1"}
        source = work / "issues.jsonl"
        source.write_text("".join(line + "\n" for line in records(count)))
        repo = work / "repo"
        subprocess.run(["git", "init", "-q", repo], check=True)
        timed("cmpm import --dry-run", count, CMPM, "ticket", "import", source, "--dry-run", cwd=repo)
        timed("cmpm import", count, CMPM, "ticket", "import", source, cwd=repo)
        timed("cmpm import, nothing new", count, CMPM, "ticket", "import", source, cwd=repo)
        timed("cmpm export", count, CMPM, "ticket", "export", "--output", work / "out.jsonl", cwd=repo)
        if shutil.which("br"):
            other = work / "br"
            other.mkdir()
            subprocess.run(["br", "init"], cwd=other, check=True, stdout=subprocess.DEVNULL)
            shutil.copy(source, other / ".beads/issues.jsonl")
            timed("br sync --import-only", count, "br", "sync", "--import-only", cwd=other)
        else:
            print("br is not installed")


if __name__ == "__main__":
    main()
