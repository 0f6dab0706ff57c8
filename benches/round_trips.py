#!/usr/bin/env python3
"""Counts what is lost on the way: every tracker below the folders given is imported, exported in each form, and imported again.

    python3 benches/round_trips.py CMPM FOLDER...

For each source: whether the dry run said what the real run did, how many files a second import wrote, and for each form of export
the number of records that came back otherwise. For beads also how many fields of how many records differ from the source itself.
Nothing is written outside of temporary folders.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FORMS = {"jsonl": "all.jsonl", "csv": "all.csv", "md": "all.md", "folder": "pages", "beads": "issues.jsonl"}
MADE_UP = re.compile(r"\b(EP|ISS|TSK|PR)-[0-9a-z]{8}\b")


def run(cmpm, repo, *arguments):
    environment = {**os.environ, "HOME": str(repo.parent), "CMPM_NOW": "2026-01-31T09:00:00Z", "GIT_CONFIG_GLOBAL": "/dev/null"}
    done = subprocess.run([cmpm, *arguments], cwd=repo, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout


def new(folder, name):
    repo = folder / name / "repo"
    repo.mkdir(parents=True)
    for arguments in (["init", "-q"], ["config", "user.name", "x"], ["config", "user.email", "x@example.invalid"]):
        subprocess.run(["git", *arguments], cwd=repo, check=True)
    return repo


def sources(folder):
    """What is imported: folders that hold the tree of a tracker, and dumps."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".json", ".jsonl", ".csv") and path.is_file():
            yield path, None
        elif path.is_dir() and path.name in ("backlog", ".backlog"):
            yield path, "backlog"
        elif path.is_dir() and path.name in ("tasks", "tickets") and (path / "issues").is_dir():
            yield path, "ai-trackdown"
        elif path.is_dir() and path.name == ".tickets":
            yield path, "tk"


def said(answer):
    code, text = answer
    try:
        answer = json.loads(text)
    except ValueError:
        return code, text
    data = answer.get("data") or {}
    data.pop("dry_run", None)
    for ticket in data.get("imported", []):
        ticket.pop("id", None), ticket.pop("path", None)
    for finding in answer.get("findings", []):
        finding["message"] = MADE_UP.sub("ID", finding["message"])
    return code, json.dumps(answer, sort_keys=True)


def changed(repo):
    return len(subprocess.run(["git", "status", "--porcelain", "-uall"], cwd=repo, capture_output=True, text=True).stdout.splitlines())


def commit(repo):
    subprocess.run(["git", "add", "-A"], cwd=repo, check=True)
    subprocess.run(["git", "commit", "-qm", "x", "--allow-empty"], cwd=repo, check=True)


def tickets(cmpm, repo, keys):
    lines = [json.loads(line) for line in run(cmpm, repo, "ticket", "export")[1].splitlines()]
    return sorted(json.dumps({key: line.get(key) for key in keys} if keys else line, sort_keys=True) for line in lines)


def differing(one, other):
    rest = list(other)
    for item in one:
        if item in rest:
            rest.remove(item)
    return max(len(rest), len(one) - (len(other) - len(rest)))


def beads(cmpm, source, repo):
    """How many fields of the source came back otherwise; what says nothing counts as absent, and so does what is computed."""
    computed = {"_type", "dependency_count", "dependent_count", "comment_count", "content_hash"}
    nothing = (None, "", 0, False, [], {})
    def records(text):
        found = {}
        for line in text.splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and "id" in record:
                found[record["id"]] = {key: value for key, value in record.items() if key not in computed and (key == "priority" or value not in nothing)}
        return found
    before, after = records(source.read_text()), records(run(cmpm, repo, "ticket", "export", "--format", "beads")[1])
    fields = {}
    for name in before.keys() & after.keys():
        for key in before[name].keys() | after[name].keys():
            if before[name].get(key) != after[name].get(key):
                fields[key] = fields.get(key, 0) + 1
    return fields


def one(cmpm, source, form, folder):
    here = new(folder, "here")
    arguments = ["ticket", "import", str(source), "--json"] + (["--from", form] if form else [])
    dry, real = said(run(cmpm, here, *arguments, "--dry-run")), said(run(cmpm, here, *arguments))
    row = {"dry": "same" if dry == real else "differs", "exit": real[0], "tickets": len(tickets(cmpm, here, None))}
    commit(here)
    run(cmpm, here, *arguments)
    row["again"] = changed(here)
    whole = tickets(cmpm, here, None)
    for name, file in FORMS.items():
        out = folder / name / file
        out.parent.mkdir(exist_ok=True)
        run(cmpm, here, "ticket", "export", "--format", "md" if name == "folder" else name, "--output", str(out))
        there = new(folder, f"there-{name}")
        run(cmpm, there, "ticket", "import", str(out), "--from", "beads" if name == "beads" else "cmpm")
        keys = ("title", "status", "body", "labels", "created", "assignee") if name == "beads" else None
        row[name] = differing(tickets(cmpm, here, keys) if keys else whole, tickets(cmpm, there, keys))
    if row["exit"] == 0 and '"format": "beads"' in real[1]:
        row["fields"] = beads(cmpm, source, here)
    return row


def main():
    cmpm, *folders = sys.argv[1:]
    cmpm = str(Path(cmpm).resolve())
    print("source", "exit", "dry", "tickets", "again", *FORMS, sep="\t")
    for folder in map(Path, folders):
        for source, form in sources(folder.resolve()):
            with tempfile.TemporaryDirectory() as place:
                row = one(cmpm, source, form, Path(place))
            name = source.relative_to(folder.resolve())
            print(name, row["exit"], row["dry"], row["tickets"], row["again"], *(row[form] for form in FORMS), row.get("fields", ""), sep="\t", flush=True)


if __name__ == "__main__":
    main()
