#!/usr/bin/env python3
"""How well `cmpm check` and other scanners find secrets and personal data in texts that are labelled.

FOLDER holds `*.jsonl` or `*.jsonl.gz` (a line for each text: `text`, `label`, and `rule`, `plugin`, `entity` or `kind` for its family;
`number` instead of `text` is a card, with `luhn`), and a folder `benign` of files in which nothing is to be found.
Each text is a file of one repository that every scanner reads once.

    python3 benches/secrets.py CMPM FOLDER [--gitleaks PROGRAM] [--detect-secrets PROGRAM] [--ripsecrets PROGRAM] [--missed]
    python3 benches/secrets.py CMPM FOLDER --speed TREE [--gitleaks PROGRAM]
"""

import argparse
import collections
import gzip
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

PERSONAL = ("payment-card", "iban", "us-ssn", "email-address", "phone-number")
FAMILIES = {
    "CREDIT_CARD": "payment-card", "IBAN_CODE": "iban", "US_SSN": "us-ssn", "US_ITIN": "us-ssn", "EMAIL_ADDRESS": "email-address",
    "PHONE_NUMBER": "phone-number", "card-like": "payment-card", "ssn-like": "us-ssn",
}
SUFFIX = {"kubernetes": ".yaml", "hashicorp-tf-password": ".tf", "freemius": ".php", "nuget-config": "/nuget.config"}


def rows(folder):
    """(set, family, label, file name, text) of each labelled text; what nobody labelled is left out."""
    for file in sorted(folder.glob("*.jsonl*")):
        name = file.name.split(".")[0]
        with (gzip.open(file, "rt") if file.suffix == ".gz" else file.open()) as lines:
            for index, line in enumerate(lines):
                row = json.loads(line)
                family = row.get("rule") or row.get("plugin") or row.get("entity") or row.get("kind") or "payment-card"
                label = row.get("label") or {"valid": "positive", "invalid": "negative"}.get(row.get("luhn"), "unlabelled")
                if label not in ("positive", "negative"):
                    continue
                if family in ("IP_ADDRESS", "US_PASSPORT"):
                    continue
                text = row.get("text") or row.get("line") or f"card: {row.get('number')}"
                suffix = next((end for start, end in SUFFIX.items() if family.startswith(start)), ".txt")
                path = row.get("path") or "a" + suffix
                family = FAMILIES.get(family, family)
                # Addresses and telephone numbers are looked for in records.
                top = ".cmpm/memory/" if family in PERSONAL else ""
                yield name, family, label, f"{top}{name}/{index}/{path.lstrip('/')}", text


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, errors="replace", **more)


def by_cmpm(program, root):
    done = run(program, "--json", "-C", root, "check", "--all")
    found = collections.defaultdict(set)
    for one in json.loads(done.stdout)["data"]["findings"]:
        found[one["path"]].add(one["rule"])
    return found


def by_gitleaks(program, root):
    with tempfile.NamedTemporaryFile() as out:
        run(program, "dir", "--no-banner", "-f", "json", "-r", out.name, root)
        findings = json.loads(Path(out.name).read_text() or "[]") or []
    found = collections.defaultdict(set)
    for one in findings:
        found[os.path.relpath(one["File"], root)].add(one["RuleID"])
    return found


def by_detect_secrets(program, root):
    done = run(program, "scan", "--all-files", ".", cwd=root)
    return {path: {one["type"] for one in all} for path, all in json.loads(done.stdout)["results"].items()}


def by_ripsecrets(program, root):
    done = run(program, ".", cwd=root)
    found = collections.defaultdict(set)
    for line in done.stdout.splitlines():
        found[line.split(":")[0].removeprefix("./")].add("secret")
    return found


def score(name, all, found, missed):
    table = collections.defaultdict(lambda: [0, 0, 0, 0])
    for set, family, label, path, text in all:
        rules = found.get(path, ())
        wanted = [rule for rule in rules if (rule == family if family in PERSONAL else rule not in PERSONAL)]
        key = (set, family) if family in PERSONAL else (set, "secrets")
        cell = table[key]
        cell[0 if label == "positive" else 2] += 1
        cell[(1 if label == "positive" else 3)] += bool(wanted)
        if missed and bool(wanted) != (label == "positive"):
            print("MISSED" if label == "positive" else "FALSE", path, family, sorted(rules), json.dumps(text)[:150])
    for (set, family), (positive, hit, negative, false) in sorted(table.items()):
        recall = f"{hit} of {positive} ({hit / positive:.1%})" if positive else "–"
        precision = f"{hit / (hit + false):.1%}" if hit + false else "–"
        print(f"| {set} | {family} | {name} | {recall} | {false} of {negative} | {precision} |")


def measure(options):
    all = list(rows(options.folder))
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for _, _, _, path, text in all:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        for file in sorted((options.folder / "benign").rglob("*")):
            if file.is_file():
                (root / "benign").mkdir(exist_ok=True)
                (root / "benign" / file.name).write_bytes(file.read_bytes())
        if options.rules:
            (root / ".gitleaks.toml").write_text(options.rules.read_text())
        run("git", "-C", root, "init", "-q")
        run("git", "-C", root, "add", "-Af")
        print("| set | family | scanner | recall | false alarms | precision |\n| --- | --- | --- | --- | --- | --- |")
        for scanner, by, program in scanners(options):
            found = by(program, root)
            score(scanner, all, found, options.missed)
            loud = {path: sorted(rules) for path, rules in found.items() if path.startswith("benign/")}
            print(f"| benign | | {scanner} | | {loud or 'none'} | |")


def scanners(options):
    known = (("cmpm", by_cmpm), ("gitleaks", by_gitleaks), ("detect-secrets", by_detect_secrets), ("ripsecrets", by_ripsecrets))
    return [(name, by, getattr(options, name.replace("-", "_"))) for name, by in known if getattr(options, name.replace("-", "_"))]


def best(*words):
    times = []
    for _ in range(3):
        start = time.monotonic()
        run(*words)
        times.append(time.monotonic() - start)
    return min(times)


def speed(options):
    tree = options.speed
    size = sum(file.stat().st_size for file in tree.rglob("*") if file.is_file() and ".git" not in file.parts) / 1e6
    print(f"{size:.0f} MB")
    start = best(options.cmpm, "--version")
    took = best(options.cmpm, "-C", tree, "check", "--all") - start
    print(f"cmpm: {took:.2f} s, {size / took:.0f} MB/s")
    if options.gitleaks:
        start = best(options.gitleaks, "version")
        took = best(options.gitleaks, "dir", "--no-banner", tree) - start
        print(f"gitleaks: {took:.2f} s, {size / took:.0f} MB/s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cmpm")
    parser.add_argument("folder", type=Path)
    for name in ("gitleaks", "detect-secrets", "ripsecrets"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--rules", type=Path, help="a rule file to use instead of the program's own")
    parser.add_argument("--missed", action="store_true", help="name each text that was judged wrongly")
    parser.add_argument("--speed", type=Path, metavar="TREE", help="measure the time for a tree instead")
    options = parser.parse_args()
    speed(options) if options.speed else measure(options)


main()
