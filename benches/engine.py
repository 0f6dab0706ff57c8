#!/usr/bin/env python3
"""cmpm's own search engine beside the library that would take its place, SQLite's FTS5 with the porter stemmer.

Quality: the questions of benches/retrieval.py over the same notes; FTS5 is asked for any of the words, ranked by its bm25().
Time: whole processes in turns, medians; `sqlite3` (the program) on a finished database, which does not ask whether a file has
changed, and `cmpm memory search`, which looks at every file each time. Size: of the files; FTS5 without a copy of the texts.

    cargo build --release && python3 benches/engine.py NOTES [--questions 300] [--sizes 1000,10000,100000] [--write]

`--write` puts the tables between the marks in docs/memory.md.
"""

import argparse
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import compare
import retrieval

PAGE = retrieval.ROOT / "docs/memory.md"
MARKS = ("<!-- benches/engine.py -->", "<!-- end -->")


def build(database, texts):
    """A contentless FTS5 table, its rows numbered from 1."""
    connection = sqlite3.connect(database)
    connection.execute("CREATE VIRTUAL TABLE note USING fts5(title, body, content='', tokenize='porter unicode61')")
    connection.executemany("INSERT INTO note(rowid, title, body) VALUES (?, ?, ?)", ((at + 1, title, body) for at, (title, body) in enumerate(texts)))
    connection.execute("INSERT INTO note(note) VALUES ('optimize')")
    connection.commit()
    return connection


def statement(question):
    words = sorted(set(retrieval.terms(question))) or ["the"]
    match = " OR ".join(f'"{word}"' for word in words)
    return f"SELECT rowid FROM note WHERE note MATCH '{match}' ORDER BY bm25(note, 3.0, 1.0) LIMIT 10"


def quality(folder, notes, asked):
    memory = folder / ".cmpm/memory/pattern"
    memory.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    for number, (_, rest) in enumerate(notes):
        (memory / f"MEM-q{number}.md").write_text(f"---\nid: MEM-q{number}\ncategory: pattern\ntitle: note\n---\n\n{rest}\n")
    connection = build(folder / "fts.db", [("note", rest) for _, rest in notes])
    plain = retrieval.Bm25([rest for _, rest in notes])
    ways = {
        "cmpm": lambda question: retrieval.cmpm(folder, question),
        "FTS5, porter": lambda question: [row - 1 for (row,) in connection.execute(statement(question))],
        "BM25, no stemming": plain.search,
    }
    if shutil.which("rg"):
        ways["rg, words counted"] = lambda question: retrieval.ripgrep(memory, question)
    for name, search in ways.items():
        ranks = [found.index(number) + 1 if number in (found := search(notes[number][0])) else None for number in asked]
        at = lambda limit: sum(1 for rank in ranks if rank and rank <= limit) / max(1, len(ranks))
        yield name, at(5), at(10), sum(1 / rank for rank in ranks if rank) / max(1, len(ranks))


def medians(commands, cwd, runs=11):
    taken = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run([str(part) for part in command], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, check=True)
            if turn:
                taken[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def speed(folder, count):
    folder.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    compare.notes(folder, count)
    files = sorted((folder / ".cmpm/memory").rglob("*.md"))
    texts = [(re.search("title: (.*)", text := file.read_text()).group(1), text.split("---\n", 2)[2]) for file in files]
    started = time.perf_counter()
    build(folder / "fts.db", texts).close()
    built = {"fts": time.perf_counter() - started}
    started = time.perf_counter()
    subprocess.run([retrieval.CMPM, "memory", "search", "worktree"], cwd=folder, check=True, capture_output=True)
    built["cmpm"] = time.perf_counter() - started
    size = {"fts": (folder / "fts.db").stat().st_size, "cmpm": sum(file.stat().st_size for file in (folder / ".git/cmpm/cache").glob("index-memory-*"))}
    question = "merge worktree"
    commands = {
        "cmpm": [retrieval.CMPM, "memory", "search", question],
        "fts": ["sqlite3", folder / "fts.db", statement(question)],
        "look": ["sh", "-c", 'find .cmpm/memory -name "*.md" -printf "%T@ %s %i\\n" > /dev/null; exec sqlite3 "$@"', "sh", folder / "fts.db", statement(question)],
        "cmpm start": [retrieval.CMPM, "--version"],
        "fts start": ["sqlite3", ":memory:", "SELECT 1"],
    }
    return medians(commands, folder), built, size


def report(arguments):
    notes = retrieval.load(arguments.notes)
    asked = random.Random(1).sample(range(len(notes)), min(arguments.questions, len(notes)))
    yield f"{len(asked)} questions over {len(notes)} notes:"
    yield "\n| engine | recall@5 | recall@10 | MRR |\n|---|---|---|---|"
    with tempfile.TemporaryDirectory() as place:
        for name, five, ten, rank in quality(Path(place), notes, asked):
            yield f"| {name} | {five:.3f} | {ten:.3f} | {rank:.3f} |"
    if not shutil.which("sqlite3"):
        yield "\n`sqlite3` is not installed, so nothing is said of time."
        return
    yield "\nA query as a whole process, and the index; figures are FTS5's and cmpm's. `find` before it stands for the look at every file without which a library would answer for files that have changed:"
    yield "\n| notes | query | FTS5 after `find` | of it start-up | building | size of the index |\n|---|---|---|---|---|---|"
    for count in (int(size) for size in arguments.sizes.split(",")):
        with tempfile.TemporaryDirectory() as place:
            took, built, size = speed(Path(place) / "notes", count)
        yield (
            f"| {count:,} | {took['fts']:.1f} ms, {took['cmpm']:.1f} ms | {took['look']:.1f} ms | {took['fts start']:.1f} ms, {took['cmpm start']:.1f} ms "
            f"| {built['fts']:.2f} s, {built['cmpm']:.2f} s | {size['fts'] / 1e6:.1f} MB, {size['cmpm'] / 1e6:.1f} MB |"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notes")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/memory.md")
    arguments = parser.parse_args()
    lines = []
    for line in report(arguments):
        print(line, flush=True)
        lines.append(line)
    if arguments.write:
        page = PAGE.read_text()
        before, rest = page.split(MARKS[0], 1)
        PAGE.write_text(before + MARKS[0] + "\n" + "\n".join(lines) + "\n" + MARKS[1] + rest.split(MARKS[1], 1)[1])


if __name__ == "__main__":
    main()
