"""What benches/answers.py asks: the commands for a sample, made from the program's own help and from what it finds in the sample.

Nothing here lists flags, keys or formats: flags and their words come from the help of the older program, keys and rules from its
hints, ids, titles and values from its answers. So whatever the older program can be asked is asked, and the newer must answer alike.
"""

import json
import re
from collections import namedtuple
from pathlib import Path

# A step is a list of lines; after the last of them everything is put back. A line that begins with `git` is git's.
Line = namedtuple("Line", "words stdin env", defaults=("", ()))
Verb = namedtuple("Verb", "flags places")
Flag = namedtuple("Flag", "name value choices aliases many")

# Flags that every command has, and those that need a person, another process or a network.
LEFT_OUT = {"--json", "--color", "--help", "--editor", "--pid", "--remote", "--follow", "--keep"}
# What stands for a value that the sample does not offer, by the name that the help has for it.
PLAIN = {
    "ID": "ISS-nowhere", "TEXT": "Some *words*: `code`, and more", "NAME": "ines", "LABEL": "one,two", "NUMBER": "3", "DATE": "2026-12-24", "GLOB": "src/**",
    "STATUS": "active", "WORD": "feature", "AGENT": "qa", "AMOUNT": "5", "BRANCH": "main", "TIME": "2h", "COUNT": "2", "N": "1", "KEYS": "priority,-due",
    "REV": "HEAD", "A..B": "HEAD~1..HEAD", "PRIORITY": "high", "TAG": "docs", "CATEGORY": "pattern", "TOKENS": "500", "FILE": "../files/text",
    "PLACE": "README.md:1-2", "HASH": "00000000", "KEY=VALUE": "customer=acme", "RULE": "broken-link", "PATH": "../files/out", "DIR": "../files/dir",
    "CONDITION": "status=todo or priority=high and not label=docs", "TEMPLATE": "bug", "FILE|-": "../files/text",
}
WHOLE = (
    "status", "ready", "blocked", "board", "next", "check", "undo", "merge", "init", "doctor", "trust", "ticket list", "ticket graph", "ticket milestone",
    "ticket export", "ticket templates", "ticket claims", "ticket migrate", "ticket archive", "ticket merge-check", "ticket from-commit", "agent list",
    "hook status", "hook install", "config list", "session list", "session show", "delegate list",
)
ON_TICKETS = ("ticket show", "ticket comments", "ticket log", "blocked", "ticket graph")
SHELLS = ("bash", "zsh", "fish", "elvish", "powershell")


def grammar(page):
    """Every command of the reference page, with its flags."""
    verbs = {}
    for block in page.split("\n## ")[1:]:
        name, _, text = block.partition("\n")
        if "<COMMAND>" in text.split("Usage:")[1].split("\n\n")[0]:
            continue
        parts = re.split(r"^(?=  (?:-\w, |    )?(?:--|<|\[)\S)", text, flags=re.M)[1:]
        flags = [flag for flag in map(read_flag, parts) if flag and flag.name not in LEFT_OUT]
        places = {match[1]: choices(part) for part in parts if (match := re.match(r"  [<\[]([^>\]]+)[>\]]", part))}
        verbs[name.removeprefix("cmpm ")] = Verb(flags, places)
    return verbs


def read_flag(text):
    match = re.match(r"\s+(?:-\w, )?(--[\w-]+)(?: \[?<(.+?)>)?", text)
    aliases = re.search(r"\[alias(?:es)?:([^\]]*)\]", text)
    again = "may be given again" in " ".join(text.split())
    return match and Flag(match[1], match[2], choices(text), re.findall(r"--[\w-]+", aliases[1]) if aliases else [], again)


def choices(text):
    listed = re.search(r"\[possible values: ([^\]]*)\]", text)
    return re.findall(r"[\w-]+", listed[1]) if listed else re.findall(r"^\s+- ([\w-]+)(?=:|$)", text, flags=re.M)


class Facts:
    """What the older program finds in a sample."""

    def __init__(self, ask, schemas=None):
        self.ask, self.schemas = ask, schemas
        self.tickets = [self.data("ticket", "show", found["path"], "--here") for found in self.data("ticket", "list", "--all", "--here").get("tickets", [])]
        self.tickets = [ticket for ticket in self.tickets if ticket]
        self.memories = [self.data("memory", "show", found["id"]) or found for found in self.data("memory", "list", "--all").get("memories", [])]

    def data(self, *words):
        try:
            return json.loads(self.ask(Line([*words, "--json"]))[0]).get("data", {})
        except ValueError:
            return {}

    def named(self, pattern, *words):
        """The names that an error's hint lists."""
        hint = " ".join(self.ask(Line(list(words)))[1].split())
        match = re.search(pattern, hint)
        return match[1].split(", ") if match else []

    def values(self, key, records):
        """What records have under a key, in its singular or plural, or under it and a dot."""
        found = []
        for record in records:
            for value in (record.get(name) for name in (key, key + "s", key.rpartition(".")[2])):
                found += [str(item) for item in (value if isinstance(value, list) else [value]) if isinstance(item, (str, int, float))]
        return list(dict.fromkeys(found))

    def targets(self):
        """One ticket of each kind in each dialect, and of each dialect's first the path alone."""
        return list({(ticket["kind"], ticket["dialect"]): ticket for ticket in reversed(self.tickets)}.values())

    def firsts(self):
        return list({ticket["dialect"]: ticket for ticket in self.targets()}.values())


class Questions:
    """`deep` asks every flag in every word, every key with every comparison, in both forms; otherwise each of them once."""

    def __init__(self, verbs, facts, deep):
        self.verbs, self.facts, self.deep = verbs, facts, deep

    def forms(self, words):
        """A command for people and for programs, each a step of its own; only the latter where it need not go deep."""
        return both(words) if self.deep else [[Line([*words, "--json"])]]

    def choices(self, name, flag):
        return next(found for found in self.verbs[name].flags if found.name == flag).choices

    def flag_values(self, flag, records):
        """Words for a flag: its own, what the sample has, a plain one; where it goes deep all of them, none and a wrong one."""
        if flag.value is None:
            return [None]
        ids = [record["id"] for record in records[:2]] if flag.value == "ID" else []
        found = flag.choices or ids + self.facts.values(flag.name.strip("-").replace("-", "_"), records)[:3]
        found = [*found, *([] if flag.choices else [PLAIN.get(flag.value, "x")]), *(["", "?"] if self.deep else [])]
        return list(dict.fromkeys(found))[: None if self.deep else 1]

    def flags(self, name, places=(), records=None, deep=None):
        """A verb alone, with each flag alone in its words, by each other name of a flag, and with all flags at once."""
        if deep is not None and deep != self.deep:
            return (yield from Questions(self.verbs, self.facts, deep).flags(name, places, records))
        records = self.facts.tickets if records is None else records
        base, everything = [*name.split(), *places], []
        yield from both(base)
        for flag in self.verbs[name].flags:
            words = self.flag_values(flag, records)
            for word in words:
                command = base + [flag.name] + ([] if word is None else [word])
                yield from self.forms(command) if word == words[0] else [[Line([*command, "--json"])]]
            one = [] if words[0] is None else [words[0]]
            if self.deep:
                yield from ([Line(base + [alias, *one])] for alias in flag.aliases)
            if flag.many and self.deep:
                yield [Line(base + [flag.name, words[0], flag.name, words[-1]])]
            if flag.name not in ("--dry-run", "--commit"):
                everything += [flag.name, *one]
        yield from both(base + everything)

    # ---- tickets

    def of_tickets(self, changed):
        """Everything about tickets; of those that are all in one form only how they are read."""
        for name in WHOLE:
            yield from self.flags(name) if self.deep or name in ("ticket list", "ticket export", "check") else both(name.split())
        yield [Line(["ticket", "list", "--all", "--color", "always"])]
        for ticket in self.facts.tickets[: None if self.deep else 40]:
            yield from both(["ticket", "show", ticket["path"]])
            for name in ON_TICKETS:
                yield from self.forms([*name.split(), ticket["id"] if self.deep else ticket["path"]])
            yield from self.forms(["ticket", "search", "--", ticket["title"]])
            yield from self.forms(["search", "--explain", "--", ticket["title"]])
        yield from self.conditions(["ticket", "list", "--all"], self.facts.tickets, sort=True)
        for key in ("status", "milestone", "assignee", "label"):
            for value in self.facts.values(key, self.facts.tickets)[: None if self.deep else 3]:
                yield from both(["ticket", "search", "--", value])
                yield from self.forms(["search", f"--where={key}={value!r}", "--", value])
        for name in ("search", "ticket search"):
            yield from self.flags(name, ["the"])
        for name in ("graph", "board"):
            for form in self.choices(f"ticket {name}", "--format"):
                yield from self.forms(["ticket", name, "--format", form, "--all"])
        yield from self.changes() if changed else ()
        yield from self.moves()

    def conditions(self, command, records, sort=False):
        """Each key that can be asked for; those that no record has only where it goes deep."""
        keys = self.facts.named(r"keys are (.*)", *command, "--where", "nosuch=1")
        for key in keys:
            some = self.facts.values(key, records)[:3]
            if not some and not self.deep:
                continue
            some = some or ["x"]
            conditions = [f"{key}='{some[0]}'", f'{key}~"{some[0][:3]}"', *(f'{key}="{value}"' for value in some[1:])]
            for condition in [*conditions, f'{key}!="{some[0]}"', f'{key}<"{some[0]}"', f"{key}>=2"] if self.deep else conditions[:2]:
                yield [Line([*command, "--where", condition, "--json"])]
            if sort:
                yield from ([Line([*command, "--sort", order])] for order in ([key, f"-{key}", f"priority,{key}"] if self.deep else [f"-{key}"]))
        yield from both([*command, "--where", f'not ({keys[0]}~"x" or {keys[-1]}="y") and id~"0"' if keys else "id~0"])

    def changes(self):
        """Everything that writes, on a ticket of each kind and dialect; `update` with each flag, and each taken away again."""
        firsts = self.facts.firsts()
        for ticket in self.facts.targets():
            path, deep = ticket["path"], self.deep and ticket in firsts
            yield from self.flags("ticket update", [path], deep=deep)
            for flag in self.verbs["ticket update"].flags:
                yield from [] if flag.value is None or deep else [[Line(["ticket", "update", path, flag.name, ""])]]
            for name, places in {"complete": [path], "reopen": [path], "comment": [path, "Said *so*"], "assign": [path, "ines"]}.items():
                yield from self.flags(f"ticket {name}", places) if deep else both(["ticket", name, *places])
            for stage in self.verbs["ticket resolve"].places["STAGE"]:
                yield from self.flags("ticket resolve", [stage, path], deep=False) if deep else self.forms(["ticket", "resolve", stage, path])
        for ticket in firsts:
            yield from self.stories(ticket)
        for kind in ("epic", "issue", "task", "pr"):
            yield from self.flags(f"{kind} create", ["A title: with `code`"]) if self.deep and kind == "issue" else both([kind, "create", "A title: with `code`"])
            yield [Line([kind, "list", "--all", "--json"])]
        yield from self.plans()

    def stories(self, ticket):
        path, identifier = ticket["path"], ticket["id"]
        said = [f"ticket comment {identifier}|first", f"ticket comment {identifier}|second", f"ticket comments {identifier}"]
        yield lines(*said, f"ticket show {identifier} --json", "ticket export", "search second")
        yield lines(f"ticket complete|{path}", f"ticket archive|{path}", "ticket list --all --json", f"ticket show {identifier}")
        yield lines(f"ticket complete|{path}", f"ticket archive|{path}", f"ticket unarchive|{path}", f"ticket reopen|{path}", f"ticket log|{path}")
        claimed = [f"ticket claim|{path}", "ticket claims --json", "ticket list", "ready --explain"]
        yield lines(*claimed, f"ticket heartbeat|{path}", f"ticket release|{path}", "ticket claims")
        yield lines(f"ticket update|{path}|--title|New", "undo --dry-run", "undo", f"ticket log|{path}|--json")
        yield lines(f"ticket update|{path}|--status|done|--commit", f"ticket log|{path}", "git log -1 --format=raw", f"ticket show|{path}|--at|HEAD~1")
        yield lines(f"session save work|Parser done|--ticket|{identifier}|--path|src/**", "session list", "session show --json", "session switch work")
        yield [Line(["ticket", "from-commit", "--text", "-"], f"Fix it\n\nCloses {identifier}, refs {identifier}\n"), *lines("ticket list --all")]
        yield both(["memory", "pack", "--ticket", path])[1]

    def moves(self):
        """Migration, archives, and each export read again, here and by an empty repository."""
        for more in ("", " --new-ids"):
            yield lines(f"ticket migrate --dry-run --json{more}")
            yield lines(f"ticket migrate{more}", f"ticket migrate{more}", "ticket list --all --json", "git add -A", "check --all", "undo")
        yield lines("ticket archive --finished", "ticket list", "ticket list --all --json", "undo")
        for form in self.choices("ticket export", "--format"):
            place = f"../files/export.{form}"
            export, there = f"ticket export --format {form} --output {place} --json", f"-C ../empty ticket import {place}"
            yield lines(export, f"ticket import {place} --dry-run", f"ticket import {place}", f"{there} --dry-run --json")
            yield lines(export, there, there, "-C ../empty ticket list --all --json", "-C ../empty ticket export")

    def plans(self):
        """A plan with every key that its schema has, applied twice, then each key alone."""
        schema = json.loads((self.facts.schemas / "cmpm.plan-v1.json").read_text())
        of_ticket = max((form["properties"] for form in schema["$defs"].values() if "properties" in form), key=len)
        plain = {"ref": "first", "kind": "issue", "title": "A planned one", "status": "active", "priority": "high"}
        plain |= {"due": "2026-12-24", "defer_until": "2026-11-11"}
        links = {"parent": "epic", **{name: ["epic"] for name in ("depends_on", "blocks", "related", "duplicates", "discovered_from")}}
        value = lambda name, form: links.get(name) or (["one", "two"] if "array" in str(form.get("type")) else plain.get(name, "word"))
        whole = {name: value(name, form) for name, form in of_ticket.items() if name not in ("id", "children")}
        above = {"ref": "epic", "kind": "epic", "title": "Above", "children": ["a title alone"]}
        plan = lambda *tickets: json.dumps({"schema": "cmpm.plan/1", "name": "a plan", "tickets": [above, *tickets]})
        apply = lambda text, *more: Line(["ticket", "apply", "-", *more], text)
        text = plan(whole)
        again = [apply(text), apply(text.replace("A planned one", "Renamed"), "--json")]
        yield [apply(text, "--dry-run"), apply(text, "--json"), *again, *lines("ticket list --all --json", "ticket graph --all")]
        for name in whole if self.deep else ():
            yield [apply(plan({"title": "x", name: whole[name]}), "--json")]
        yield [apply("# Plan: by hand\n\n- [ ] First #docs\n  - [ ] Part @ines !high\n- [x] Second\n", "--json"), *lines("ticket list --all")]

    # ---- memories

    def of_memories(self):
        memories = self.facts.memories
        for name in ("memory list", "memory stats", "memory verify", "memory search", "memory pack", "check"):
            yield from self.flags(name, records=memories) if self.deep or name == "check" else both(name.split())
        for name in ("search", "recommend", "pack"):
            yield from self.flags(f"memory {name}", ["how", "to", "use"], memories)
        for form in self.choices("memory export", "--to"):
            place = f"../files/export.{form}"
            yield from self.flags("memory export", ["--to", form], memories) if self.deep else both(["memory", "export", "--to", form])
            there = f"-C ../empty memory import {place}"
            yield lines(f"memory export --to {form} {place} --json", f"{there} --dry-run --json", there, there, "-C ../empty memory list --json", f"memory import {place}")
        for memory in memories:
            for name in ("show", "history") if self.deep else ("show",):
                yield from self.forms(["memory", name, memory["id"]])
            yield from self.forms(["memory", "search", "--explain", "--", memory["title"]])
        yield from self.conditions(["memory", "list"], memories)
        yield from self.flags("memory add", ["A thing that was learned the hard way today"], memories) if self.deep else []
        batch = '{"text": "The first of two things", "category": "team", "tags": ["docs"]}\n{"text": "The second thing, longer"}\n'
        yield [Line(["memory", "add", "--batch", "-"], batch), *lines("memory list --json")]
        for memory in memories[:1]:
            yield from self.flags("memory edit", [memory["id"], "And more."], memories)
            yield from self.flags("memory edit", [memory["id"], "Instead of it.", "--replace"], memories, deep=False) if self.deep else []
        for memory in memories[:2]:
            identifier = memory["id"]
            yield lines(f"memory forget {identifier} --json", "memory list --json", f"memory restore {identifier}", "memory list", f"memory history {identifier}")
            yield lines(f"memory supersede {identifier}|This holds now, and nothing else|--json", f"memory show {identifier}", "memory list --all", "memory stats", "undo")
            yield lines(f"memory supersede {identifier} --by {memories[-1]['id']}", f"memory show {identifier} --json", "memory search the")

    # ---- what comes from elsewhere

    def of_imports(self, noun, source):
        """Every file as what it clearly is; the folders, and a file of each ending, as everything. What fits is then written,
        of pages only what is a folder: one page is imported like another."""
        folders = [folder for folder in [source, *sorted(source.rglob("*"))] if folder.is_dir() and any(folder.iterdir())]
        files = sorted(file for file in source.rglob("*") if file.is_file())
        samples = list({file.suffix: file for file in files}.values())
        written = [*folders, *samples, *(file for file in files if file.suffix != ".md" or self.deep)]
        for place in [*folders, *files]:
            for form in [None, *(self.choices(f"{noun} import", "--from") if place in folders or place in samples else [])]:
                command = [noun, "import", str(place), *(["--from", form] if form else [])]
                yield from self.forms([*command, "--dry-run"])
                if place in written and any(value for value in self.facts.data(*command, "--dry-run").values() if isinstance(value, list)):
                    export = [noun, "export", *(["--to", "cmpm-jsonl"] if noun == "memory" else [])]
                    yield [Line([*command, "--json"]), Line(command), Line([noun, "list", "--all", "--json"]), Line(export)]

    # ---- what needs no sample

    def of_nothing(self):
        yield lines("internal generate ../files/generated")
        yield from ([Line([*name.split(), "-h"])] for name in self.verbs)
        yield from self.flags("guide")
        for topic in re.findall(r"cmpm guide (\w+)", self.facts.ask(Line(["guide"]))[0]):
            yield from both(["guide", topic])
        yield from (step for shell in SHELLS for step in both(["completions", shell]))
        for rule in self.facts.named(r"there are (.*)", "check", "--explain", "nosuch"):
            yield from both(["check", "--explain", rule])
        for setting in self.facts.data("config", "list").get("settings", []):
            yield from both(["config", "get", setting["key"]])
        yield from both(["config", "list", "--origin", "-c", "delegate.max_parallel=2"])
        yield from (step for agent in self.facts.data("agent", "list").get("agents", []) for step in both(["agent", "show", agent["name"]]))
        yield lines("init", "status", "init --json", "hook status", "doctor", "git add -A", "check", "init --remove")
        yield from self.completions()

    def completions(self):
        for name, verb in self.verbs.items():
            shells = SHELLS if name in ("ticket update", "memory show") else ("fish",)
            again = name.split()[0] in ("epic", "task", "pr")
            for end in [[""], ["--"], *([flag.name, ""] for flag in verb.flags if flag.value and not again)]:
                yield from ([completing(shell, [*name.split(), *end])] for shell in shells)
        yield from ([completing(shell, ["ticket", "show", start])] for shell in SHELLS for start in ("", "IS", "iss-", "EP-0", "?"))
        yield [completing("fish", [""])]

    # ---- merges

    def of_merges(self, triples):
        for base, ours, theirs, path in triples:
            yield [Line(["merge-driver", base, ours, theirs, path])]
        yield from self.flags("ticket merge-check")
        yield from self.flags("ticket merge-check", ["HEAD"])


def completing(shell, words):
    """A line as a shell asks cmpm to complete it."""
    return Line(["--", "cmpm", *words], env=(("CMPM_COMPLETE", shell), ("_CLAP_COMPLETE_INDEX", str(len(words))), ("_CLAP_IFS", "\n")))


def both(words):
    """A command for people and for programs, each a step of its own."""
    return [[Line(words)], [Line([*words, "--json"])]]


def lines(*texts):
    """Lines whose words are split at spaces, or behind the first bar at bars."""
    return [Line([*text.split("|")[0].split(), *text.split("|")[1:]]) for text in texts]
