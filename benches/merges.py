#!/usr/bin/env python3
"""Merges of public repositories again: what cmpm makes of each, beside git and beside what people committed.

The folder holds a folder for each merge with `base`, `ours`, `theirs` and, mostly, `result` (any ending; `meta.json` is not read). Each
is merged by `cmpm merge-driver` and by `git merge-file`. Counted are the lines within conflict markers, what a person has to read;
of front matter and YAML also those in comments.

    python3 benches/merges.py CMPM FOLDER

Exit 1 if cmpm marks more lines than git somewhere.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def version(case, name):
    return next((file for file in sorted(case.iterdir()) if file.is_file() and file.stem == name), None)


def marked(text):
    """The lines between markers, in the text or in comments, without the markers and the words that stand for nothing."""
    lines, within = 0, False
    for line in text.splitlines():
        word = line.strip().removeprefix("# ")
        if word.startswith("<<<<<<< "):
            within = True
        elif word.startswith(">>>>>>> "):
            within = False
        elif within and word != "=======" and not word.endswith("removed)"):
            lines += 1
    return lines


def merge(cmpm, case, folder):
    ours = version(case, "ours")
    for name in ("base", "ours", "theirs"):
        file = version(case, name)
        shutil.copy(file, folder / name) if file else (folder / name).write_bytes(b"")
    name = "x" + ours.suffix
    git = subprocess.run(["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=folder, capture_output=True)
    done = subprocess.run([cmpm, "merge-driver", "base", "ours", "theirs", name], cwd=folder, capture_output=True)
    text = (folder / "ours").read_bytes()
    result = version(case, "result")
    said = "a person chooses" if done.returncode else "other"
    if not done.returncode and result and result.read_bytes() == text:
        said = "as committed"
    read = lambda data: marked(data.decode("utf-8", "replace"))
    return said, read(text), read(git.stdout), git.returncode


def main(cmpm, samples):
    worse, sums = 0, {}
    print("| case | cmpm | lines marked | by git |")
    print("|---|---|---|---|")
    for case in sorted(path for path in Path(samples).iterdir() if path.is_dir() and version(path, "ours")):
        if not version(case, "theirs"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            said, lines, by_git, _ = merge(cmpm, case, Path(folder))
        print(f"| {case.name} | {said} | {lines} | {by_git} |")
        worse += lines > by_git
        count = sums.setdefault(said, [0, 0, 0])
        for at, number in enumerate((1, lines, by_git)):
            count[at] += number
    for said, (cases, lines, by_git) in sorted(sums.items()):
        print(f"{said}: {cases} cases, {lines} lines marked, {by_git} by git", file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve()), sys.argv[2]))
