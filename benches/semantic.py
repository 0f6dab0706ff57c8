#!/usr/bin/env python3
"""How many ordinary commits are said to gain power: `python3 benches/semantic.py CMPM CLONE…`.

Each clone is a public repository with its history. Its last 500 commits are checked as one range, with the files of docs/protected.md only, as
looking for secrets in all others takes long. The table goes to docs/check.md; below it each commit that was told, to be read."""

import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

COMMITS = 500


def git(folder, *arguments):
    return subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=True).stdout.strip()


def files():
    """Git's names of the files in the table of powers."""
    page = (pathlib.Path(__file__).parent.parent / "docs/protected.md").read_text()
    rows = [line.split(" | ") for line in page.split("\n## ")[-1].splitlines() if line.startswith("| ") and "`" in line]
    names = {name for row in rows for name in re.findall("`(.+?)`", row[1])}
    return [f":(glob,icase){name}{below}" for name in sorted(names) for below in ("", "/**")]


def told(program, clone):
    """The number of commits, and what is said of which."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", clone, folder], check=True)
        last = git(folder, "rev-list", f"--max-count={COMMITS}", "--no-merges", "HEAD").split()
        base = git(folder, "rev-parse", f"{last[-1]}^")
        git(folder, "branch", "-f", "bench", "HEAD")
        stream = subprocess.run(
            ["git", "-C", folder, "fast-export", "--no-data", "--full-history", "--reference-excluded-parents", f"{base}..bench", "--", *files()],
            capture_output=True, check=True).stdout
        subprocess.run(["git", "-C", folder, "fast-import", "--quiet", "--force"], input=stream, check=True)
        said = subprocess.run([program, "--json", "check", "--range", f"{base}..bench"], cwd=folder, capture_output=True, text=True, check=False)
        found = collections.defaultdict(list)
        for finding in json.loads(said.stdout)["data"]["findings"]:
            if finding["rule"] == "more-power":
                commit = re.search(r"\(commit (\w+)\)$", finding["message"]).group(1)
                found[commit].append(f"{finding['path']}: {finding['message']}")
        subjects = {commit: git(folder, "show", "-s", "--format=%s", commit) for commit in found}
        return len(last), found, subjects


def main() -> int:
    program, *clones = sys.argv[1:]
    print("| repository | commits | told | share |\n| --- | --- | --- | --- |")
    lines = []
    for clone in clones:
        count, found, subjects = told(program, clone)
        name = clone.rstrip("/").removesuffix("/repo").rsplit("/", 1)[-1].replace("+", "/")
        print(f"| {name} | {count} | {len(found)} | {100 * len(found) / count:.1f} % |", flush=True)
        for commit, findings in found.items():
            lines += [f"{name} {commit} {subjects[commit]}", *(f"    {finding}" for finding in findings)]
    print("\n" + "\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
