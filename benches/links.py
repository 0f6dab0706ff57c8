#!/usr/bin/env python3
"""What `cmpm check` says of links whose truth is known, and of examples of Markdown with the HTML they stand for.

FOLDER may hold `links/NAME.jsonl` (a line for each link: `file`, `line`, `href`, and its `status`: `file`, `directory`, with `+anchor`
where there is one, or what is missing) beside `links/NAME/` with the pages, and `commonmark-examples.json` (`example`, `markdown`,
`html`). Targets that exist but are not among the pages are made, empty.

    python3 benches/links.py CMPM FOLDER

Exit 1 for any link that is told wrongly.
"""

import json
import posixpath
import re
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path

GOOD = ("file", "directory")


def check(cmpm, root):
    git = lambda *words: subprocess.run(["git", "-C", root, *words], check=True, capture_output=True)
    git("init", "-q")
    git("add", "-A")
    done = subprocess.run([cmpm, "--json", "-C", root, "check", "--all"], capture_output=True, text=True)
    found = json.loads(done.stdout)["data"]["findings"]
    return [(one["path"], one["line"]) for one in found if one["rule"].startswith("broken-")]


def write(file, text=""):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def known(cmpm, truth, folder):
    rows = [json.loads(line) for line in truth.read_text().splitlines() if line]
    pages = {str(file.relative_to(folder)): file for file in folder.rglob("*") if file.is_file()}
    rows = [row for row in rows if row["file"] in pages]
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for path, file in pages.items():
            write(root / path, file.read_text())
        for row in rows:
            target = row["href"].split("#")[0]
            path = posixpath.normpath(posixpath.join(posixpath.dirname(row["file"]), target))
            # A page that was left out has no headings to look at.
            if target and path not in pages and row["status"].startswith(GOOD):
                write(root / path / "x" if row["status"].startswith("directory") else root / path)
        found = check(cmpm, root)
    bad = {(row["file"], row["line"]) for row in rows if not row["status"].startswith(GOOD)}
    missed, false = bad - set(found), [place for place in found if place not in bad]
    print(f"| {truth.stem} | {len(rows)} links | {len(bad)} | {len(bad) - len(missed)} | {len(false)} |")
    return len(missed) + len(false)


def relative(html):
    """The targets in HTML that a check must find missing: neither other sites, nor headings, nor nothing."""
    targets = [unescape(target) for target in re.findall(r'<(?:a [^>]*?href|img [^>]*?src)="([^"]*)"', html)]
    return [target for target in targets if target.strip("/") and not re.match(r"#|//|[A-Za-z][A-Za-z0-9+.-]*:", target)]


def examples(cmpm, file):
    all_of_them = json.loads(file.read_text())
    with tempfile.TemporaryDirectory() as name:
        for one in all_of_them:
            write(Path(name) / f"{one['example']}.md", one["markdown"])
        found = [path for path, _ in check(cmpm, Path(name))]
    wrong = total = 0
    for one in all_of_them:
        wanted, got = len(set(relative(one["html"]))), found.count(f"{one['example']}.md")
        total += wanted
        if min(wanted, 1) != min(got, 1):
            wrong += 1
            print(f"example {one['example']}: {wanted} links, {got} told: {one['markdown']!r}", file=sys.stderr)
    print(f"| {file.stem} | {len(all_of_them)} pages | {total} | {total - wrong} | {wrong} wrong |")
    return wrong


def main(cmpm, folder):
    print("| set | size | lead nowhere | told | false |")
    print("|---|---|---|---|---|")
    wrong = sum(known(cmpm, truth, truth.with_suffix("")) for truth in sorted(folder.glob("links/*.jsonl")))
    for file in folder.glob("commonmark-examples.json"):
        wrong += examples(cmpm, file)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve()), Path(sys.argv[2])))
