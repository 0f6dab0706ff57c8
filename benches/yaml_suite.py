#!/usr/bin/env python3
"""Reads the cases of the YAML test suite (https://github.com/yaml/yaml-test-suite, folder `src`) as front matter.

    python3 benches/yaml_suite.py CMPM FOLDER

Each case becomes a value in a ticket of its own; what `ticket export` says of it is compared with the JSON of the suite. Scalars are
compared as texts, because front matter is read so: `0042` stays `0042`. Wrong and silent is what must not be. Needs PyYAML to read the
files of the suite itself. Exit 1 if a value is wrong and nothing is reported of its file, or a case ends the program.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml

SIGNS = {"␣": " ", "↵": "", "←": "\r", "⇔": "\ufeff"}


def written(text):
    text = re.sub("—*»", "\t", text)
    for sign, meant in SIGNS.items():
        text = text.replace(sign, meant)
    return text.removesuffix("∎\n").removesuffix("∎")


def cases(folder):
    for file in sorted(folder.glob("*.yaml")):
        before = {}
        for number, case in enumerate(yaml.safe_load(file.read_text())):
            # What is not said is as it was in the case before.
            before = {**{key: value for key, value in before.items() if key != "fail"}, **case}
            if not before.get("skip"):
                yield f"{file.stem}-{number}", before


def texts(value):
    """Every scalar as text; `null`, `~` and nothing are alike."""
    if isinstance(value, dict):
        return {key: texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [texts(item) for item in value]
    if value is None or value == "~":
        return ""
    return json.dumps(value) if isinstance(value, (bool, int, float)) else str(value)


def same(read, meant):
    if isinstance(read, dict) and isinstance(meant, dict):
        return read.keys() == meant.keys() and all(same(read[key], meant[key]) for key in read)
    if isinstance(read, list) and isinstance(meant, list):
        return len(read) == len(meant) and all(map(same, read, meant))
    if read == meant or {read, meant} <= {"null", ""} if isinstance(read, str) and isinstance(meant, str) else False:
        return True
    try:
        return float(read) == float(meant) or int(read, 0) == int(meant, 0)
    except (TypeError, ValueError):
        return False


def judge(case, exported, reported):
    said = "reported" if reported else "silent"
    if case.get("fail"):
        return f"no YAML, {said}"
    if not (case.get("json") or "").strip():
        return f"without JSON, {said}"
    if exported is None:
        return f"not read, {said}"
    meant = json.loads(case["json"])
    right = same(texts(exported.get("value")), texts(meant))
    return f"{'right' if right else 'wrong'}, {said}"


def main():
    cmpm, folder = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2])
    counts, known = Counter(), {}
    with tempfile.TemporaryDirectory() as place:
        repo = Path(place)
        subprocess.run(["git", "init", "-q"], cwd=repo, check=True)
        tickets = repo / "tasks/issues"
        tickets.mkdir(parents=True)
        for name, case in cases(folder):
            # One document with its markers is one without them.
            text = re.sub(r"\A---[ \t]*\n|(?<=\n)\.\.\.[ \t]*\n\Z", "", written(case["yaml"]))
            if re.search(r"^(---|\.\.\.|%)", text, re.MULTILINE):
                counts["several documents, or directives"] += 1
                continue
            value = "".join(f"  {line}\n" if line else "\n" for line in text.removesuffix("\n").split("\n"))
            known[name] = case
            (tickets / f"ISS-{name}.md").write_text(f"---\nid: ISS-{name}\nkind: issue\ntitle: T\nvalue:\n{value}---\n", newline="")
        subprocess.run(["git", "add", "-A"], cwd=repo, check=True)

        def run(*arguments):
            done = subprocess.run([cmpm, *arguments], cwd=repo, capture_output=True, text=True)
            if done.returncode not in (0, 1) or "panicked" in done.stderr:
                sys.exit(f"{' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
            return done.stdout

        exported = {line["id"].removeprefix("ISS-"): line for line in map(json.loads, run("ticket", "export").splitlines())}
        reported = {Path(finding["path"]).stem.removeprefix("ISS-") for finding in json.loads(run("check", "--all", "--json"))["data"]["findings"]}
    bad = []
    for name, case in known.items():
        verdict = judge(case, exported.get(name), name in reported)
        counts[verdict] += 1
        if verdict in ("wrong, silent", "not read, silent", "no YAML, silent"):
            bad.append((name, verdict))
            print(f"{name}: {verdict}: {exported.get(name, {}).get('value')!r}, meant {case.get('json', 'an error')!r}", file=sys.stderr)
    for verdict, count in sorted(counts.items()):
        print(f"| {verdict} | {count} |")
    sys.exit(any(verdict == "wrong, silent" for _, verdict in bad))


if __name__ == "__main__":
    main()
