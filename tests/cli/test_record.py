#!/usr/bin/env python3
"""The record of a node: `replay` gives the same effects bit for bit, also on another CPU, and
`audit` finds whatever is changed, left out, put in or moved. The chains are computed here once
more, from the description in src/journal/journal.h. Prints one line a case (TAP).

  tests/cli/test_record.py WATCHFIRE ROOT
"""

import base64
import hashlib
import html.parser
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from test_commands import tap

SCENARIO = "2022-10-04-irbm-over-japan.yaml"
TABLES = ("journal_group", "fact", "head")
# A CPU without fused multiply-add and wide vectors, as far as the C library is concerned.
OTHER_CPU = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2,-FMA_Usable,-AVX2_Usable"}


class Journals:
    """A short exercise, its journals, and the commands that read them."""

    def __init__(self, command, root, folder):
        self.command, self.folder = Path(command).resolve(), Path(folder)
        data = Path(root).resolve() / "data"
        (self.folder / "scenarios").mkdir()
        for name in ("policies", "flights"):
            (self.folder / name).symlink_to(data / name)
        self.text = (data / "scenarios" / SCENARIO).read_text()
        self.whole = self.play("short", "3 min")

    def play(self, name, duration, change="", to=""):
        """Korea's journal of an exercise of that length, with one thing changed in it."""
        scenario = self.folder / "scenarios" / f"{name}.yaml"
        text = re.sub(r"(?m)^duration: .*$", f"duration: {duration}", self.text)
        scenario.write_text(text.replace(change, to, 1))
        status, _, err = self.run(
            "exercise", scenario, "--fast", "--journal", self.folder / name)
        assert status == 0, err
        return self.folder / name / "KOR.journal"

    def checkpoints(self, name):
        """The folder with what Korea's partners in an exercise saw of Korea's log."""
        folder = self.folder / f"{name} checkpoints"
        for nation in ("JPN", "USA"):
            journal = self.folder / name / f"{nation}.journal"
            status, out, err = self.run("audit", journal, "--write-checkpoints", folder)
            assert status == 0, out + err
        return folder

    def run(self, *words, **env):
        done = subprocess.run([self.command, *map(str, words)], capture_output=True, timeout=120,
                              env=dict(os.environ, **env))
        return done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")

    def copy(self, change=None):
        path = self.folder / "copy.journal"
        shutil.copy(self.whole, path)
        if change:
            with sqlite3.connect(path) as db:
                changed = [db.execute(one).rowcount for one in change.split(";")]
                assert max(changed) >= 1, change
            db.close()
        return path

    def rows(self, path=None):
        db = sqlite3.connect(f"file:{path or self.whole}?mode=ro", uri=True)
        found = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
        db.close()
        return found


def number(value):
    return value.to_bytes(8, "big", signed=value < 0)


def chains(rows):
    """Both chains, as the description says."""
    group = fact = bytes(32)
    for position, time, given, effects, chain in rows["journal_group"]:
        text = b"group" + group + number(position) + number(time) + number(len(given))
        group = hashlib.blake2b(text + given + effects, digest_size=32).digest()
        if group != chain:
            return None
    for n, position, key, value, chain in rows["fact"]:
        text = b"fact" + fact + number(n) + number(position) + number(len(key))
        fact = hashlib.blake2b(text + key.encode() + value, digest_size=32).digest()
        if fact != chain:
            return None
    return group.hex(), fact.hex()


def sound(journals):
    status, out, err = journals.run("audit", journals.whole, "--json")
    found = json.loads(out) if status == 0 else {}
    expected = chains(journals.rows())
    fine = (status == 0 and not err and found["in_order"] and expected is not None
            and (found["chain"], found["fact_chain"]) == expected
            and found["frames"] == found["signatures"] > 100)
    yield "audit: a journal as it was written", None if fine else f"{status} {out} {err}"
    status, out, err = journals.run("audit", journals.whole)
    fine = status == 0 and "In order" in out and not err
    yield "audit: in words", None if fine else f"{status} {out} {err}"
    for what, env in (("here", {}), ("on another CPU", OTHER_CPU)):
        status, out, err = journals.run("replay", journals.whole, **env)
        fine = status == 0 and "bit for bit" in out and not err
        yield f"replay: the same {what}", None if fine else f"{status} {out} {err}"
    status, out, err = journals.run("replay", journals.whole, "--json", "--from",
                                    "2022-10-03T22:22:00Z", "--to", "2022-10-03T22:23:00Z")
    found = json.loads(out) if status == 0 else {}
    fine = status == 0 and found["same"] and 0 < found["compared"] < found["inputs"]
    yield "replay: a part of it", None if fine else f"{status} {out} {err}"


# (what, what is done to the journal, what audit must say)
GROUP = "UPDATE journal_group SET {} WHERE position = 400"
CHANGES = [
    ("a time", GROUP.format("time_tai_ns = time_tai_ns + 1"), r"group 400 \(.*changed"),
    ("an input made longer", GROUP.format("input = CAST(input || x'00' AS BLOB)"), "group 400 "),
    ("an input made text", GROUP.format("input = CAST(hex(input) AS TEXT)"), "group 400.*column"),
    ("an effect", GROUP.format("effects = zeroblob(length(effects))"), "group 400 "),
    ("a hash", GROUP.format("chain = zeroblob(32)"), "group 400 "),
    ("a hash cut", GROUP.format("chain = zeroblob(31)"), "group 400.*column"),
    ("a group left out", "DELETE FROM journal_group WHERE position = 400",
     "group 401 .*missing"),
    ("the first group left out", "DELETE FROM journal_group WHERE position = 1",
     "group 2 .*missing"),
    ("the last group left out",
     "DELETE FROM journal_group WHERE position = (SELECT max(position) FROM journal_group)",
     "does not end where"),
    ("a group put in at the end",
     "INSERT INTO journal_group SELECT position + 1, time_tai_ns, input, effects, chain "
     "FROM journal_group ORDER BY position DESC LIMIT 1", "does not end where"),
    ("a group put in before the first",
     "INSERT INTO journal_group SELECT 0, time_tai_ns, input, effects, chain "
     "FROM journal_group WHERE position = 1", "group 0 "),
    ("two groups in each other's place",
     "UPDATE journal_group SET position = -1 WHERE position = 400;"
     "UPDATE journal_group SET position = 400 WHERE position = 401;"
     "UPDATE journal_group SET position = 401 WHERE position = -1", "group 400 "),
    ("one group in another's place",
     "UPDATE journal_group SET input = (SELECT input FROM journal_group WHERE position = 399), "
     "effects = (SELECT effects FROM journal_group WHERE position = 399) WHERE position = 400",
     "group 400 "),
    ("a fact", "UPDATE fact SET value = x'00' WHERE key = 'seed'", "fact 2: seed: .*changed"),
    ("a fact's key", "UPDATE fact SET key = 'sead' WHERE key = 'seed'", "fact 2: sead: "),
    ("a fact's position", "UPDATE fact SET position = 7 WHERE number = 2", "fact 2"),
    ("a fact left out", "DELETE FROM fact WHERE number = 2", "fact 3: .*missing"),
    ("the last fact left out", "DELETE FROM fact WHERE number = (SELECT max(number) FROM fact)",
     "does not end where"),
    ("a fact put in", "INSERT INTO fact SELECT number + 1, position, key, value, chain FROM fact "
     "ORDER BY number DESC LIMIT 1", "does not end where"),
    ("no head", "DELETE FROM head", "where the journal ends is missing"),
    ("a second head",
     "INSERT INTO head SELECT 2, position, facts, group_chain, fact_chain FROM head",
     "where the journal ends is missing or not one"),
    ("another head", "UPDATE head SET group_chain = zeroblob(32)", "does not end where"),
    ("a table more", "CREATE TABLE more(x); INSERT INTO more VALUES (1)",
     "more is not of a journal"),
]  # fmt: skip


def changed(journals):
    for what, change, said in CHANGES:
        status, out, err = journals.run("audit", journals.copy(change))
        fine = status == 1 and re.search(said, out + err)
        yield f"audit finds {what}", None if fine else f"{status} {out} {err}"
    rows = journals.rows()["journal_group"]
    chance = random.Random(1)
    trouble = None
    for _ in range(10):
        position, _, given, *_ = chance.choice(rows)
        at, bit = chance.randrange(len(given)), 1 << chance.randrange(8)
        new = given[:at] + bytes([given[at] ^ bit]) + given[at + 1:]
        path = journals.copy()
        with sqlite3.connect(path) as db:
            db.execute("UPDATE journal_group SET input = ? WHERE position = ?", (new, position))
        db.close()
        status, out, err = journals.run("audit", path)
        if status != 1 or f"group {position} (" not in out:
            trouble = f"bit {bit} of byte {at} at {position}: {status} {out} {err}"
    yield "audit finds any flipped bit of an input", trouble


def torn(journals):
    """Bytes of the file itself: found, unless what the tables say is the same all the same."""
    original, content = journals.whole.read_bytes(), journals.rows()
    chance = random.Random(2)
    trouble, unnoticed = None, 0
    for _ in range(24):
        at = chance.randrange(len(original))
        path = journals.folder / "torn.journal"
        path.write_bytes(original[:at] + bytes([original[at] ^ 0x5a]) + original[at + 1:])
        status, out, err = journals.run("audit", path)
        if status not in (0, 1, 2):
            trouble = f"byte {at}: exit status {status}: {out} {err}"
        elif status == 0:
            unnoticed += 1
            if journals.rows(path) != content:
                trouble = f"byte {at} was not found"
    yield (f"audit finds a changed byte of the file ({unnoticed} of 24 lay in no row)",
           trouble or ("most lay in no row" if unnoticed > 12 else None))
    path.write_bytes(original[: len(original) // 2])
    status, out, err = journals.run("audit", path)
    yield ("audit finds half of a file", None if status in (1, 2) else f"{status} {out} {err}")


def replayed(journals):
    """What replay says where it does not give the same."""
    effects = next(row for row in journals.rows()["journal_group"]
                   if row[0] > 300 and len(row[3]) > 40)
    position = effects[0]
    path = journals.copy(
        f"UPDATE journal_group SET effects = substr(effects, 1, 42) || x'0000' || "
        f"substr(effects, 45) WHERE position = {position}")
    status, out, err = journals.run("replay", path)
    fine = status == 1 and re.search(rf"first at position {position} \(2022.*: effect 2, ", out)
    yield "replay names the first effect that differs", None if fine else f"{status} {out} {err}"
    status, out, err = journals.run("replay", path, "--json")
    found = json.loads(out) if status == 1 else {"same": None, "differs": {}}
    fine = not found["same"] and found["differs"].get("position") == position
    yield "replay: the same as JSON", None if fine else f"{status} {out} {err}"
    path = journals.copy("UPDATE fact SET value = x'0102' || substr(value, 3) WHERE key = 'run'")
    status, out, err = journals.run("replay", path)
    fine = status == 0 and out.startswith("This build did not write any of it")
    yield "replay says first that another build wrote it", None if fine else f"{status} {out} {err}"
    path = journals.copy("UPDATE fact SET key = 'sead' WHERE key = 'seed'")
    status, out, err = journals.run("replay", path)
    fine = status == 0 and "the frames to partners are not compared" in out
    yield "replay without the secrets", None if fine else f"{status} {out} {err}"
    for what, words, said in (
            ("no file", ["replay", "no/such.journal"], "there is no journal"),
            ("no journal", ["replay", journals.command], "not a journal"),
            ("a time that is none", ["replay", path, "--from", "noon"], "noon: expected a time"),
            ("no file", ["audit", "no/such.journal"], "there is no journal"),
            ("two files", ["audit", "a", "b"], "b: expected JOURNAL")):
        status, out, err = journals.run(*words)
        fine = status == 2 and said in err and not out
        yield f"{words[0]} refuses {what}", None if fine else f"{status} {out} {err}"


def rewrite(path, facts=None):
    """What somebody does who knows how the journal is made: all hashes fit again."""
    with sqlite3.connect(path) as db:
        group = fact = bytes(32)
        last = count = 0
        for position, time, given, effects in db.execute(
                "SELECT position, time_tai_ns, input, effects FROM journal_group "
                "ORDER BY position").fetchall():
            text = b"group" + group + number(position) + number(time) + number(len(given))
            group = hashlib.blake2b(text + given + effects, digest_size=32).digest()
            last = position
            db.execute("UPDATE journal_group SET chain = ? WHERE position = ?", (group, position))
        for n, position, key, value in db.execute(
                "SELECT number, position, key, value FROM fact ORDER BY number").fetchall():
            value = facts(key, value) if facts else value
            text = b"fact" + fact + number(n) + number(position) + number(len(key))
            fact = hashlib.blake2b(text + key.encode() + value, digest_size=32).digest()
            count = n
            db.execute("UPDATE fact SET value = ?, chain = ? WHERE number = ?", (value, fact, n))
        db.execute("UPDATE head SET position = ?, facts = ?, group_chain = ?, fact_chain = ?",
                   (last, count, group, fact))
    db.close()
    return path


def other_leaf(key, value):
    return value[:20] + b"x" + value[21:] if key == "leaf 77" else value


def other_root(key, value):
    if key != "checkpoint":
        return value
    lines = value.split(b"\n")
    lines[2] = b"A" * 43 + b"="
    return b"\n".join(lines)


REWRITTEN = [
    ("the inputs and all hashes", "UPDATE journal_group SET input = x'00020000000000000000' "
     "WHERE position = 400", None, "over other inputs than those before it"),
    ("the last inputs, and all hashes",
     "DELETE FROM journal_group WHERE position > 1500", None, "over other inputs|made over"),
    ("a leaf and all hashes", "", other_leaf, "leaf 77 does not go on|not of the leaves before it"),
    ("decisions and all hashes", "UPDATE fact SET value = zeroblob(length(value)) WHERE number = "
     "(SELECT min(number) FROM fact WHERE key LIKE 'decisions %')", None,
     "not of the decisions that stand with it"),
    ("checkpoints and all hashes", "", other_root, "that this nation's key did not sign"),
]  # fmt: skip


def logged(journals):
    """Whoever makes all hashes fit again is found by the log, and without the log by partners."""
    for what, change, facts, said in REWRITTEN:
        path = rewrite(journals.copy(change or None), facts)
        status, out, err = journals.run("audit", path)
        fine = status == 1 and re.search(said, out)
        yield f"audit finds who changed {what}", None if fine else f"{status} {out} {err}"
    own = journals.checkpoints("short")
    status, out, err = journals.run("audit", journals.whole, "--partner-checkpoints", own, "--json")
    found = json.loads(out) if status == 0 else {}
    fine = (status == 0 and found["partner_checkpoints"] == {"read": 2, "of_this_log": 2}
            and found["log"]["leaves"] == 180 and found["log"]["checkpoints"] == 18
            and found["log"]["cosigned"] > 30 and found["log"]["decisions"] > 50)
    yield "audit: what partners saw of the log", None if fine else f"{status} {out} {err}"
    journals.play("longer", "4 min")
    journals.play("other", "3 min", "loss: 1 %", "loss: 20 %")
    for name, said in (("longer", "the journal has 180: it was cut"),
                       ("other", "signed another history of its first 1.. leaves")):
        folder = journals.checkpoints(name)
        status, out, err = journals.run("audit", journals.whole, "--partner-checkpoints", folder)
        fine = status == 1 and re.search(said, out)
        yield f"audit finds a {name} log at the partners", None if fine else f"{status} {out} {err}"


def root_of(leaf, number, size, path):
    """The root that a path leads to: RFC 9162, 2.1.3.2."""
    found, last = leaf, size - 1
    for other in path:
        if number % 2 == 1 or number == last:
            found = hashlib.sha256(b"\x01" + other + found).digest()
            while number % 2 == 0 and number != 0:
                number, last = number >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + other).digest()
        number, last = number >> 1, last >> 1
    return found if last == 0 else None


def altered(proof):
    """The proof with one thing changed, for each thing in it that counts: how many leaves a second
    has is not proved, since trees of other sizes may have the same path."""
    def turned(text, at):
        return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1:]

    for field, value in proof.items():
        if field == "places":
            continue
        if isinstance(value, int):
            yield field, {**proof, field: value + 1}
            yield field, {**proof, field: value - 1}
        elif isinstance(value, list):
            for i, one in enumerate(value):
                changed = turned(one, random.randrange(len(one)))
                yield field, {**proof, field: [*value[:i], changed, *value[i + 1:]]}
            yield field, {**proof, field: value[:-1]}
        else:
            for _ in range(4):
                yield field, {**proof, field: turned(value, random.randrange(len(value)))}


def proved(journals):
    """One decision is proved to whoever has Korea's keys and not its journal."""
    file, partner = journals.folder / "a.proof", journals.folder / "short" / "JPN.journal"
    status, out, err = journals.run("release", "explain", "notice", "--to", "JPN", "--journal",
                                    journals.whole, "--proof", file)
    fine = status == 0 and "a notice of" in out and "to JPN" in out and "WENT" in out and not err
    yield "explain: what was decided", None if fine else f"{status} {out} {err}"
    status, out, err = journals.run("release", "verify", file, "--journal", partner)
    fine = status == 0 and "Proved: KOR signed it." in out and not err
    yield "verify: with a partner's journal", None if fine else f"{status} {out} {err}"

    proof = json.loads(file.read_text())
    decision, leaf = bytes.fromhex(proof["decision"]), bytes.fromhex(proof["leaf"])
    name, size, root = proof["checkpoint"].split("\n")[:3]
    start = hashlib.sha256(b"\0" + bytes.fromhex(proof["blinding"]) + decision).digest()
    second = root_of(start, proof["place"], proof["places"], map(bytes.fromhex, proof["second"]))
    whole = root_of(hashlib.sha256(b"\0" + leaf).digest(), proof["number"], int(size),
                    map(bytes.fromhex, proof["log"]))
    fine = (decision[:5] == b"JPN\2\0" and second == leaf[9:41] and name.endswith("/KOR")
            and whole == base64.b64decode(root))
    yield "verify: the same by other code", None if fine else f"{second} {whole} {proof}"

    passed = []
    other = journals.folder / "b.proof"
    for field, changed in altered(proof):
        other.write_text(json.dumps(changed))
        status, out, err = journals.run("release", "verify", other, "--journal", partner)
        if status not in (1, 2) or "Proved" in out:
            passed.append((field, changed[field]))
    yield "verify: nothing that was changed", str(passed) if passed else None

    keys, word = journals.folder / "keys", journals.folder / "word"
    word.write_text("not a secret\n")
    word.chmod(0o600)
    status, out, err = journals.run("keys", "new", "--nation", "KOR", "--domain", "exercise",
                                    "--dir", keys, "--passphrase", word, "--root-passphrase", word)
    fingerprint = re.search(r"\b[0-9a-f]{64}\b", out)
    assert status == 0 and fingerprint, out + err
    status, out, err = journals.run("release", "verify", file, "--list", keys / "key-list",
                                    "--root", fingerprint.group())
    fine = status == 1 and "no key of that nation signed" in out
    yield "verify: not with other keys", None if fine else f"{status} {out} {err}"
    status, out, err = journals.run("release", "verify", file, "--list", keys / "key-list",
                                    "--root", fingerprint.group(), "--json")
    found = json.loads(out) if status == 1 else {}
    fine = found.get("proved") is False and "no key of that nation" in found["fault"]
    yield "verify: the same as JSON", None if fine else f"{status} {out} {err}"


class Page(html.parser.HTMLParser):
    """What stands in a page, whether every element is closed, and what it would fetch."""

    def __init__(self, text):
        super().__init__()
        self.open, self.trouble, self.words, self.shapes = [], [], [], 0
        self.feed(text)
        self.close()
        self.trouble += [f"not closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.shapes += tag in ("polyline", "polygon")
        self.trouble += [f"fetches {name}" for name, _ in attributes if name in ("src", "href")]
        self.trouble += [tag] if tag in ("script", "link", "iframe") else []

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.trouble.append(f"closed out of order: {tag}")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_data(self, data):
        self.words.append(data.strip())


def reported(journals):
    """`report`: one page that needs nothing else, from Japan's journal of three minutes."""
    journal, page = journals.folder / "short" / "JPN.journal", journals.folder / "page.html"
    status, out, err = journals.run("report", journal, "--event", "1", "-o", page)
    found = Page(page.read_text()) if status == 0 else None
    fine = found and not found.trouble and found.shapes > 100
    trouble = f"{status} {out} {err} {found and found.trouble}"
    yield "report: a whole page", None if fine else trouble
    words = " | ".join(found.words) if found else ""
    for expected in ("EXERCISE: nothing here is real", "as JPN's node saw it", "bit for bit",
                     "Who knew what when", " | KOR | ", " | USA | ", "Warnings to the own people",
                     "is tracked"):
        yield f"report says {expected.strip(' |')}", None if expected in words else words
    name = re.search(r"([A-Z]+-[A-Z][0-9]{3}), as JPN", words)
    status, out, err = journals.run("report", journal, "--event", name and name.group(1),
                                    "-o", page)
    yield "report: by name", None if status == 0 else f"{status} {out} {err}"
    page.unlink()
    status, out, err = journals.run("report", journal, "--event", "NIX", "-o", page)
    fine = status == 1 and "no such launch" in err and not page.exists()
    yield "report: no such launch", None if fine else f"{status} {out} {err}"
    for what, words in (("no event", [journal, "-o", page]), ("no page", [journal, "--event", "1"]),
                        ("no journal", [__file__, "--event", "1", "-o", page])):
        status, out, err = journals.run("report", *words)
        fine = status == 2 and "watchfire report: " in err and not out
        yield f"report refuses {what}", None if fine else f"{status} {out} {err}"


def cases(journals):
    yield from reported(journals)
    yield from sound(journals)
    yield from logged(journals)
    yield from proved(journals)
    yield from changed(journals)
    yield from torn(journals)
    yield from replayed(journals)


if __name__ == "__main__":
    sys.exit(tap(Journals, cases))
