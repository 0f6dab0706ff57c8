#!/usr/bin/env python3
"""Compares the answers of two builds of cmpm: the same commands on the same files, and every byte that comes of them.

Each sample (a folder or file in the folders given) is put into throw-away repositories: as tickets where it holds some, migrated,
imported, as memories, and once more for everything that needs no sample. What is asked stands in benches/questions.py. Compared are
standard output, standard error, exit code, and each file that a command wrote, removed or changed, what git refers to included. The
same values in another order of keys are counted apart and are no difference; in a file every byte counts.

    python3 benches/answers.py OLD NEW FOLDER... [--only WORD] [--expect FILE]

A line of FILE is an expected difference: a regular expression that is looked for in `sample, as: command`, ` # `, and the reason.
Exit 1 if anything differs that is not expected.
"""

import argparse
import difflib
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import compare
from questions import Facts, Line, Questions, grammar

NOT_COMPARED = re.compile(r"/\.git/(?!(HEAD|packed-refs|config|refs/.*|hooks/.*)$)")
SEVERAL = ("as tickets", "migrated", "imported", "imports", "as memories", "memory imports", "imported memories")


class World(compare.Bench):
    """A repository, an empty one beside it, a home, and the program under one name; all of it can be put back as it was."""

    def __init__(self, folder):
        super().__init__(folder, 0)
        for name in ("bin", "files", "tmp"):
            (folder / name).mkdir()
        self.env |= {
            "PATH": f"{folder}/bin:{os.environ['PATH']}", "TZ": "UTC", "TMPDIR": str(folder / "tmp"), "GIT_TEMPLATE_DIR": "", "GIT_AUTHOR_DATE": "2026-01-30T09:00:00Z",
            "GIT_COMMITTER_DATE": "2026-01-30T09:00:00Z", "CMPM_NOW": "2026-01-31T09:00:00Z", "CMPM_SEED": "1",
        }
        self.root, self.known, self.base = self.repo("repo"), {}, {}
        (folder / "files/text").write_text("Fix it\n\nCloses ISS-0001\n")
        (self.root / "README.md").write_text("# Sample\n\nA line.\n")
        self.repo("empty")
        self.commit("first")

    def use(self, program):
        """Takes the program, and drops what the other one has cached."""
        (self.folder / "bin/cmpm").unlink(missing_ok=True)
        os.link(program, self.folder / "bin/cmpm")
        for cache in self.folder.glob("*/.git/cmpm/cache"):
            shutil.rmtree(cache)

    def commit(self, message):
        self.sh("git", "add", "-Af", cwd=self.root)
        self.sh("git", "commit", "-q", "--allow-empty", "-m", message, cwd=self.root)

    def ask(self, line, seed=1):
        program = line.words if line.words[0] == "git" else [self.folder / "bin/cmpm", *line.words]
        env = self.env | {"CMPM_SEED": str(seed * 1000)} | dict(line.env)
        try:
            done = subprocess.run(program, cwd=self.root, env=env, input=line.stdin.encode(), capture_output=True, timeout=120)
        except subprocess.TimeoutExpired:
            return "", "", "no end"
        return done.stdout.decode(errors="backslashreplace"), done.stderr.decode(errors="backslashreplace"), done.returncode

    def look(self):
        """Every file and folder, read where its metadata are new: path to permissions and bytes."""
        seen, folders = {}, [self.root, self.folder / "empty", self.folder / "files", self.folder / "home"]
        while folders:
            for entry in os.scandir(folders.pop()):
                meta, path = entry.stat(follow_symlinks=False), entry.path
                mark = (meta.st_mtime_ns, meta.st_ctime_ns, meta.st_size, meta.st_ino, meta.st_mode)
                if stat.S_ISDIR(meta.st_mode):
                    if not path.endswith("/.git/cmpm/cache"):
                        folders.append(path)
                        seen[path] = (mark, None)
                elif path in self.known and self.known[path][0] == mark:
                    seen[path] = self.known[path]
                else:
                    text = os.readlink(path).encode() if entry.is_symlink() else Path(path).read_bytes()
                    seen[path] = (mark, (stat.S_IFMT(meta.st_mode) | meta.st_mode & 0o111, text))
        self.known = seen
        return seen

    def keep(self):
        self.base = dict(self.look())

    def changes(self):
        """What is not as it was: path from the place to its bytes, or None where it is gone."""
        now = self.look()
        paths = (path for path in now.keys() | self.base.keys() if now.get(path, (0, 0))[1] != self.base.get(path, (0, 0))[1])
        return {path[len(str(self.folder)) + 1 :]: now[path][1] if path in now else "gone" for path in sorted(paths)}

    def put_back(self, changed):
        """Makes everything that changed as it was."""
        for name in sorted(changed, reverse=True):
            path = self.folder / name
            if str(path) not in self.base:
                # Around a cache, which is not looked at.
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        for name in sorted(changed):
            path = self.folder / name
            if str(path) in self.base:
                content = self.base[str(path)][1]
                path.unlink(missing_ok=True)
                if content is None:
                    path.mkdir()
                elif stat.S_ISLNK(content[0]):
                    os.symlink(content[1], path)
                else:
                    path.write_bytes(content[1])
                    path.chmod(0o644 | content[0] & 0o111)

    def run(self, steps, program):
        """Every step from the same beginning: for each line what it answered, and what is not as it was."""
        self.use(program)
        for number, step in enumerate(steps):
            changed = {}
            for line in step:
                answer = self.ask(line, number + 1)
                changed = self.changes()
                yield line, answer, {name: content for name, content in changed.items() if content is not None and not NOT_COMPARED.search(name)}
            if changed:
                self.put_back(changed)


# ---- the places in which a sample is put


def put(world, sample, place):
    """Copies a sample, where cmpm finds tickets by itself or, where it finds none there, below `place`."""
    if sample.is_dir():
        shutil.copytree(sample, place, symlinks=True, dirs_exist_ok=True)
    else:
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample, place)
    for folder in [place, *place.rglob("*/")]:
        folder.chmod(0o755)
    world.commit("sample")


def tickets(world, sample):
    put(world, sample, world.root)
    if not Facts(world.ask).tickets:
        world.sh("git", "rm", "-rqf", ".", cwd=world.root)
        put(world, sample, world.root / "tasks")
    return Facts(world.ask)


def diverge(world, facts):
    """A branch on which tickets say more, and a merge that drops it."""
    world.sh("git", "switch", "-qc", "side", cwd=world.root)
    some = facts.targets()
    for ticket in some:
        others = [other["id"] for other in facts.tickets if other["id"] != ticket["id"]][:1]
        links = [word for flag in ("--depends-on", "--blocks", "--related", "--duplicates", "--discovered-from") for other in others for word in (flag, other)]
        for words in (["--status", "review", "--label", "side"], ["--priority", "low", "--due", "2027-01-01"], ["--description", "More."], *zip(links[::2], links[1::2])):
            world.ask(Line(["ticket", "update", ticket["path"], *words]))
    world.commit("on the side")
    world.sh("git", "switch", "-q", "main", cwd=world.root)
    world.commit("meanwhile")
    world.sh("git", "merge", "-qs", "ours", "-m", "merged, and lost", "side", cwd=world.root)


def triples(world, facts):
    """Each target with the side's version and another one of ours, with nothing in common, and with the wrong side gone."""
    for number, ticket in enumerate(facts.targets()):
        path = world.root / ticket["path"]
        names = [str(world.folder / f"files/{number}.{side}") for side in ("base", "ours", "theirs", "empty")]
        base = path.read_bytes()
        theirs = subprocess.run(["git", "show", f"side:{ticket['path']}"], cwd=world.root, env=world.env, capture_output=True).stdout
        world.ask(Line(["ticket", "update", ticket["path"], "--status", "done", "--label", "ours", "--title", "Ours", "--depends-on", "ISS-elsewhere"]))
        for name, text in zip(names, (base, path.read_bytes(), theirs, b"")):
            Path(name).write_bytes(text)
        path.write_bytes(base)
        yield from ((*sides, ticket["path"]) for sides in (names[:3], (names[0], names[2], names[1]), (names[3], *names[1:3])))


def memories(world, sample):
    put(world, sample, world.root / ".cmpm/memory/pattern")
    return Facts(world.ask)


def imported(world, sample, noun, place):
    source = world.folder / "files/source"
    put(world, sample, source)
    world.ask(Line([noun, "import", str(source)]))
    if not (world.root / place).exists():
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            world.ask(Line([noun, "import", str(file)]))
    world.commit("imported")
    return Facts(world.ask)


def made(world):
    """Tickets and memories that have everything the flags can give them."""
    given = "--label one,two --milestone M1 --agent qa --acceptance Works --path src/** --description Described"
    links = "--depends-on EP --related EP --duplicates EP --discovered-from EP"
    learned = "--tag docs --tech rust --scope src/** --confidence 0.5 --valid-until 2027-01-01 --anchor README.md:1-2"
    details = (
        "--decision d --rationale r --outcome o", "--pattern-type p --use-case u", "--standard s --applies-to a",
        "--error-type e --signature TypeError --resolution r --prevention p",
    )
    for number in range(8):
        kind, priority = ("epic", "issue", "task", "pr")[number % 4], ("critical", "high", "medium", "low")[number // 2]
        own = f"--due 2026-0{number + 1}-11 --estimate {number} --priority {priority} --assignee {('ines', 'tess')[number % 2]}"
        more = "--parent EP" if kind == "issue" else links if number > 4 else ""
        world.ask(Line([kind, "create", f"Made ticket {number}", *f"{given} {own} {more}".split()]), number + 1)
        text = f"How to use thing number {number}, learned the hard way"
        world.ask(Line(["memory", "add", text, *f"{learned} {details[number % 4]}".split()]), number + 50)
    (world.root / ".cmpm/config.yaml").write_text(
        "statuses: {triaged: todo}\nfilters: {mine: assignee=me or assignee=ines}\nmemory: {categories: [customer]}\ngates: [{name: tests, run: 'true'}]\n"
    )
    (world.root / ".cmpm/templates").mkdir()
    (world.root / ".cmpm/templates/ticket-bug.md").write_text("---\npriority: high\nlabels: [bug]\n---\n\n## Seen\n\n{{title}} by {{author}} at {{date}}\n")
    world.commit("made")
    return Facts(world.ask)


def steps(world, kind, sample, pages, thorough):
    """What is asked of a sample in a place; nothing where the place means nothing for it."""
    verbs = grammar((pages / "docs/commands.md").read_text())
    questions = lambda facts: Questions(verbs, facts, thorough or kind in ("made", "nothing"))
    if kind in ("imports", "memory imports"):
        source = world.folder / "files/source"
        put(world, sample, source)
        asked = questions(Facts(world.ask)).of_imports("ticket" if kind == "imports" else "memory", source)
    elif kind in ("as memories", "imported memories"):
        facts = memories(world, sample) if kind == "as memories" else imported(world, sample, "memory", ".cmpm")
        asked = questions(facts).of_memories() if facts.memories else []
    elif kind == "nothing":
        asked = questions(made(world)).of_nothing()
    else:
        places = {"imported": lambda: imported(world, sample, "ticket", "tasks"), "made": lambda: made(world)}
        facts = places.get(kind, lambda: tickets(world, sample))()
        if kind == "migrated" and facts.tickets:
            world.ask(Line(["ticket", "migrate"]))
            world.commit("migrated")
            facts = Facts(world.ask)
        if not facts.tickets:
            return [[Line(["check", "--all", "--json"])], [Line(["ticket", "list", "--all", "--json"])]] if kind == "as tickets" else []
        facts.schemas = pages / "schemas"
        diverge(world, facts)
        asking = questions(facts)
        merges = list(asking.of_merges(list(triples(world, facts))))
        asked = [*asking.of_tickets(thorough or kind in ("as tickets", "made")), *merges, *(asking.of_memories() if kind == "made" else [])]
    return list({repr(step): step for step in asked}.values())


# ---- the comparison


def values(text):
    """What a text says as JSON or as JSON lines, with its keys in order; None if it is neither."""
    try:
        parts = [json.loads(text)]
    except ValueError:
        try:
            parts = [json.loads(line) for line in text.splitlines()]
        except ValueError:
            return None
    return "\n".join(json.dumps(part, indent=1, sort_keys=True, ensure_ascii=False) for part in parts)


def difference(old, new, order_counts=True):
    """None where two texts are the same, "" where only the order of keys is not, else the lines that differ."""
    if old == new:
        return None
    pretty = values(old), values(new)
    if None not in pretty:
        if pretty[0] == pretty[1] and not order_counts:
            return ""
        old, new = pretty if pretty[0] != pretty[1] else (old, new)
    found = [line for line in difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1)][2:]
    return "\n".join(f"    {line[:300]}" for line in found) or "    the ends of lines"


def compared(old, new):
    """Whether two answers are equal, differ in order only, or differ, and a small diff."""
    (_, (out, err, code), files), (_, (new_out, new_err, new_code), new_files) = old, new
    parts = {"stdout": difference(out, new_out, order_counts=False), "stderr": difference(err, new_err)}
    parts["exit"] = difference(str(code), str(new_code))
    for name in sorted(files.keys() | new_files.keys()):
        (mode, text), (new_mode, new_text) = shown_file(files.get(name)), shown_file(new_files.get(name))
        parts |= {name: difference(text, new_text), f"{name}, mode": difference(mode, new_mode)}
    told = [f"  {name}\n{text}" for name, text in parts.items() if text]
    return ("differs", "\n".join(told)) if told else ("order", "") if "" in parts.values() else ("equal", "")


def shown_file(content):
    """Mode and text of a file that was written; a word for one that was removed or stayed as it was."""
    if content is None or content == "gone":
        return content or "as it was", ""
    return f"{content[0]:o}", content[1].decode(errors="backslashreplace")


def shown(line):
    words = " ".join(word if re.fullmatch(r"[\w./=:@,-]+", word) else repr(word) for word in line.words)
    env = "".join(f"{name}={value} " for name, value in line.env if value.strip())
    return ("…| " if line.stdin else "") + env + (words if line.words[0] == "git" else f"cmpm {words}")


def work(job):
    """One sample in one place, asked of both programs."""
    name, kind, sample, programs, pages, thorough = job
    with tempfile.TemporaryDirectory(dir=programs[0].parent, prefix="world-") as folder:
        world = World(Path(folder))
        world.use(programs[0])
        asked = steps(world, kind, sample, pages, thorough)
        world.keep()
        old = list(world.run(asked, programs[0]))
        found = []
        for before, after in zip(old, world.run(asked, programs[1])):
            verdict, text = compared(before, after)
            found.append((verdict, f"{name}, {kind}: {shown(before[0])}", text))
    return name, kind, found


# ---- the report


class Expected:
    """The differences that are meant, each a regular expression and a reason."""

    def __init__(self, file):
        lines = [line for line in file.read_text().splitlines() if line.strip() and not line.startswith("#")] if file else []
        if wrong := [line for line in lines if " # " not in line]:
            raise SystemExit(f"{file}: no ` # ` and reason: {wrong[0]}")
        self.lines, self.used = [tuple(line.split(" # ", 1)) for line in lines], Counter()

    def covers(self, command):
        matching = [line for line in self.lines if re.search(line[0].strip(), command)]
        self.used.update(matching)
        return bool(matching)


def report(results, expected):
    print("| sample | as | commands | equal | order only | expected | differ |\n|---|---|---|---|---|---|---|")
    total, differences, reordered = Counter(), defaultdict(list), []
    for name, kind, found in results:
        if not found:
            continue
        counts = Counter()
        for verdict, command, text in found:
            if verdict == "differs" and expected.covers(command):
                verdict = "expected"
            elif verdict == "differs":
                differences[text].append(command)
            elif verdict == "order":
                reordered.append(command)
            counts[verdict] += 1
        total += counts
        row = lambda counts: " | ".join(str(counts[verdict]) for verdict in ("equal", "order", "expected", "differs"))
        print(f"| {name} | {kind} | {counts.total()} | {row(counts)} |", flush=True)
    print(f"| all | | {total.total()} | {row(total) if total else ''} |")
    for text, commands in differences.items():
        print("", *commands[:4], *([f"and {len(commands) - 4} more"] if len(commands) > 4 else []), sep="\n")
        lines = text.splitlines()
        print("\n".join(lines[:30]) + (f"\n    … {len(lines) - 30} more lines" if len(lines) > 30 else ""))
    for command in reordered[:20]:
        print(f"only the order of keys differs: {command}")
    if len(reordered) > 20:
        print(f"and {len(reordered) - 20} more")
    for line in expected.lines:
        print(f"expected, {expected.used[line] or 'but not found'}: {' # '.join(line)}")
    return total["differs"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--expect", type=Path, help="the expected differences")
    parser.add_argument("--only", default="", help="only samples and places in whose name this stands, such as `nothing` or `as memories`")
    parser.add_argument("--thorough", action="store_true", help="ask every flag in every word of every sample, which takes ten times as long")
    options = parser.parse_args()
    expected = Expected(options.expect)
    with tempfile.TemporaryDirectory() as place:
        programs = [Path(shutil.copy(program, f"{place}/{name}")) for program, name in ((options.old, "old"), (options.new, "new"))]
        subprocess.run([programs[0], "internal", "generate", place], check=True)
        samples = sorted(path.resolve() for folder in options.folders for path in folder.iterdir())
        jobs = [("no sample", kind, None) for kind in ("made", "nothing")]
        jobs += [(f"{path.parent.name}/{path.name}", kind, path) for path in samples for kind in SEVERAL]
        jobs = [(name, kind, path, programs, Path(place), options.thorough) for name, kind, path in jobs if options.only in f"{name}, {kind}"]
        with ProcessPoolExecutor(2) as pool:
            return report(pool.map(work, jobs), expected)


if __name__ == "__main__":
    raise SystemExit(1 if main() else 0)
