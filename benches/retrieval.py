#!/usr/bin/env python3
"""How often cmpm, ripgrep and plain BM25 find the right note for a question: recall@5, recall@10 and mean reciprocal rank.

The notes are a folder of Markdown files given by the caller. A question is made from each of them: its first heading or title,
or its first sentence, which is then taken out of the note, so that nobody finds it by its own words; the answer is that note.
Nothing in cmpm is tuned to these questions.

    cargo build --release && python3 benches/retrieval.py NOTES [--questions 300] [--seed 1]
"""

import argparse
import json
import math
import os
import random
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CMPM = Path(os.environ.get("CMPM", ROOT / "target/release/cmpm"))
WORD = re.compile(r"[a-z0-9]+")
STOP = set("a an and are as at be but by can do does for from how i if in is it its of on or that the this to was we what when where which who why will with you".split())


def question_and_rest(text):
    """The line a reader would ask by, and the note without it."""
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)
    for number, line in enumerate(lines := body.splitlines()):
        words = line.strip("#* -\t")
        if len(WORD.findall(words.lower())) >= 4:
            return words, "\n".join(lines[:number] + lines[number + 1 :])
    return None, body


def load(folder):
    notes = []
    for path in sorted(path for path in Path(folder).rglob("*.md") if path.is_file()):
        question, rest = question_and_rest(path.read_text(encoding="utf-8", errors="replace"))
        if question and len(WORD.findall(rest.lower())) >= 20:
            notes.append((question, rest))
    return notes


def terms(text):
    return [word for word in WORD.findall(text.lower()) if word not in STOP]


class Bm25:
    """The textbook formula, no stemming, no fields."""

    def __init__(self, texts):
        self.bags = [Counter(WORD.findall(text.lower())) for text in texts]
        self.lengths = [sum(bag.values()) for bag in self.bags]
        self.mean = sum(self.lengths) / max(1, len(texts))
        self.holding = Counter(word for bag in self.bags for word in bag)

    def search(self, question):
        scores = []
        for number, (bag, length) in enumerate(zip(self.bags, self.lengths)):
            score = 0.0
            for word in set(terms(question)):
                if bag[word]:
                    idf = math.log(1 + (len(self.bags) - self.holding[word] + 0.5) / (self.holding[word] + 0.5))
                    score += idf * bag[word] * 2.2 / (bag[word] + 1.2 * (0.25 + 0.75 * length / self.mean))
            if score:
                scores.append((-score, number))
        return [number for _, number in sorted(scores)[:10]]


def ripgrep(folder, question):
    """Notes by how many of the question's words stand in them, then by how often."""
    counts, hits = Counter(), Counter()
    for word in set(terms(question)):
        answer = subprocess.run(["rg", "-i", "-c", "-w", "-F", word, "."], cwd=folder, capture_output=True, text=True).stdout
        for line in answer.splitlines():
            path, _, count = line.rpartition(":")
            number = int(re.search(r"MEM-q(\d+)", path).group(1))
            counts[number] += 1
            hits[number] += int(count)
    return sorted(counts, key=lambda number: (-counts[number], -hits[number], number))[:10]


def cmpm(folder, question):
    answer = subprocess.run([CMPM, "memory", "search", "--json", "-n", "10", "--", question.replace('"', " ")], cwd=folder, capture_output=True, text=True)
    hits = json.loads(answer.stdout).get("data", {}).get("hits", [])
    return [int(hit["id"].removeprefix("MEM-q")) for hit in hits]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notes")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    notes = load(arguments.notes)
    asked = random.Random(arguments.seed).sample(range(len(notes)), min(arguments.questions, len(notes)))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
        memory = folder / ".cmpm/memory/pattern"
        memory.mkdir(parents=True)
        for number, (_, rest) in enumerate(notes):
            (memory / f"MEM-q{number}.md").write_text(f"---\nid: MEM-q{number}\ncategory: pattern\ntitle: note\n---\n\n{rest}\n")
        plain = Bm25([rest for _, rest in notes])
        ways = {"cmpm": lambda question: cmpm(folder, question), "plain BM25": plain.search}
        if shutil.which("rg"):
            ways["rg, words counted"] = lambda question: ripgrep(memory, question)
        print(f"{len(notes)} notes, {len(asked)} questions")
        for name, search in ways.items():
            ranks = [found.index(number) + 1 if number in (found := search(notes[number][0])) else None for number in asked]
            at = lambda limit: sum(1 for rank in ranks if rank and rank <= limit) / max(1, len(ranks))
            mean = sum(1 / rank for rank in ranks if rank) / max(1, len(ranks))
            print(f"{name:18} recall@5 {at(5):.3f}  recall@10 {at(10):.3f}  MRR {mean:.3f}")


if __name__ == "__main__":
    main()
