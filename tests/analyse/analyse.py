#!/usr/bin/env python3
"""Static and dynamic analysis of src/, one analyser after the other; ./test analyse is its door.

  analyse.py [NAME]

  clang-tidy   the checks of .clang-tidy, in every file
  cppcheck     warnings, performance, portability
  fanalyzer    gcc's paths through each file
  thread       the tests of what has threads (link, console, node, journal), each access watched;
               one that fails because all is ten times slower is no finding
  valgrind     an exercise of three nations, each byte of memory followed

NAME: only the analysers whose name contains it. Each finding is printed once; the last line counts
them. A finding of the first three that is truly wrong is answered at its line, or at most two lines
above it, with

  /* not a finding (CHECK): why not */

where CHECK may be a whole family (core, of core.NullDereference). An answer without a reason, or
to what nobody finds any more, is a finding itself.

Exit status 0: clean; 1: findings; 2: wrong use, or a tool or a build is missing.
"""

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import run_tests  # noqa: E402

ROOT = run_tests.ROOT
PLAIN = run_tests.Build("build-analyse", "plain build", ["--buildtype=debugoptimized"])
THREADED = {"link", "console", "node", "journal"}
# The warnings of a compiler that nobody ships with are not errors.
THREAD = run_tests.Build(
    "build-thread", "build with the thread sanitizer",
    ["--buildtype=debugoptimized", "-Db_sanitize=thread", "-Db_lundef=false", "-Dwerror=false",
     "-Dc_args=-w"],
    compiler="clang-19", patience=10, runs=lambda test: test.suite in THREADED)
GENERATED = ["src/share/watchfire.pb.h", "src/assess/launch_table.c", "src/warn/places_table.c",
             "src/console/asset.c"]
SCENARIO = ROOT / "data" / "scenarios" / "2022-10-04-irbm-over-japan.yaml"
SCENARIO_MIN = 4  # of its minutes: the boost, the notice, the warning
PROGRESS_S = 30.0
FAMILIES = {"core", "deadcode", "optin", "security", "unix"}  # of clang's paths through the code
ANSWER = re.compile(r"/\* not a finding \(([\w. -]+)\):[ \t]*([^*\s]?)")
FOUND = re.compile(r"^(?P<file>[^\s:]+):(?P<line>\d+):(?:\d+:)? *"
                   r"(?:warning|error|style|performance|portability): (?P<what>.*) "
                   r"\[(?P<check>[^\]]+)\]$", re.MULTILINE)


class Unusable(Exception):
    """No analysis, and why."""


@dataclass(frozen=True, order=True)
class Finding:
    place: str  # file:line, or what was run
    check: str
    what: str

    def __str__(self):
        return f"{self.place}: {self.what} [{self.check}]"


# Building.


def good(trouble, build):
    if trouble:
        raise Unusable(f"the {build.what} failed; the end of its log:\n{trouble}")


def built(build, targets):
    """The build's folder, with these targets made."""
    good(run_tests.configure(build), build)
    folder = ROOT / build.name
    good(run_tests.logged(build, ["ninja", "-C", str(folder), *targets]), build)
    return folder


def sources():
    """A folder with the commands that compile src/, and those commands; what is generated is
    there, and is not analysed itself."""
    folder = built(PLAIN, GENERATED)
    entries = {}
    for entry in json.loads((folder / "compile_commands.json").read_text()):
        path = (folder / entry["file"]).resolve()
        if path.is_relative_to(ROOT / "src"):
            words = shlex.split(entry["command"])
            words = words[1:] if Path(words[0]).name == "ccache" else words
            entries.setdefault(str(path), {
                "directory": str(folder), "file": str(path), "command": shlex.join(words)})
    own = folder / "sources"
    own.mkdir(exist_ok=True)
    (own / "compile_commands.json").write_text(json.dumps(list(entries.values()), indent=1))
    return own, [entries[path] for path in sorted(entries)]


# Findings and their answers.


def findings_in(text):
    """What a compiler-like tool said, of the files of src/."""
    for match in FOUND.finditer(text):
        near = (ROOT / match["file"]).resolve()  # from the root, or from where it was compiled
        path = near if near.is_file() else (ROOT / PLAIN.name / match["file"]).resolve()
        if path.is_relative_to(ROOT / "src"):
            place = f"{path.relative_to(ROOT)}:{match['line']}"
            for check in match["check"].split(","):
                name = check.removeprefix("-W").removeprefix("clang-analyzer-")
                yield Finding(place, name, match["what"])


def answers():
    """(file, line of the answer) -> (lines that are meant, checks, whether it has a reason)."""
    found = {}
    for path in sorted([*ROOT.glob("src/**/*.c"), *ROOT.glob("src/**/*.h")]):
        lines = path.read_text("utf-8").split("\n")
        for number, line in enumerate(lines, 1):
            match = ANSWER.search(line)
            if not match:
                continue
            end = next(n for n in range(number, len(lines)) if "*/" in lines[n - 1])
            meant = {end, end + 1, end + 2}
            checks = frozenset(match[1].split())
            found[(str(path.relative_to(ROOT)), number)] = (meant, checks, bool(match[2]))
    return found


def judged(findings, is_of_tool):
    """Those that nobody answered; and answers without a reason, or without a finding."""
    known, used = answers(), set()
    for finding in sorted(set(findings)):
        file, _, line = finding.place.rpartition(":")
        fitting = {(key, check) for key, (meant, checks, _) in known.items() for check in checks
                   if key[0] == file and int(line) in meant
                   and f"{finding.check}.".startswith(f"{check}.")}
        used |= fitting
        if not fitting:
            yield finding
    for key, (_, checks, reasoned) in known.items():
        place = f"{key[0]}:{key[1]}"
        if not reasoned:
            yield Finding(place, "answer", "expected a reason after the colon")
        for check in sorted(checks):
            if is_of_tool(check) and (key, check) not in used:
                yield Finding(place, "answer", f"nobody finds {check} here")


# The analysers: each yields findings.


def each(entries, command_of):
    """What the command says of each entry; tells how far it is."""
    said_at, done = time.monotonic(), 0

    def one(entry):
        return subprocess.run(command_of(entry), cwd=entry["directory"], capture_output=True,
                              text=True, stdin=subprocess.DEVNULL)

    with ThreadPoolExecutor(run_tests.WORKERS) as pool:
        for entry, ended in zip(entries, pool.map(one, entries)):
            done += 1
            if time.monotonic() - said_at > PROGRESS_S:
                said_at = time.monotonic()
                run_tests.say(f"  {done} of {len(entries)} files")
            output = ended.stdout + ended.stderr
            if ended.returncode != 0 and not FOUND.search(output):
                raise Unusable(f"{entry['file']}:\n{run_tests.tail(output)}")
            yield output


def is_of_clang_tidy(check):
    is_named = "-" in check and not check.startswith("analyzer-")
    return is_named or check.split(".")[0] in FAMILIES


def is_of_cppcheck(check):
    return check.isalpha() and check not in FAMILIES


def clang_tidy():
    folder, entries = sources()
    said = each(entries, lambda entry: ["clang-tidy-19", "-p", str(folder), "--quiet",
                                        entry["file"]])
    found = [finding for output in said for finding in findings_in(output)]
    return judged(found, is_of_clang_tidy)


def cppcheck():
    folder, _ = sources()
    # The generated header wants another's version, which cppcheck does not look up.
    done = subprocess.run(
        ["cppcheck", f"--project={folder}/compile_commands.json", "--quiet",
         "--enable=warning,performance,portability", f"-j{run_tests.WORKERS}",
         "--suppress=preprocessorErrorDirective:*.pb.h",
         "--template={file}:{line}:{column}: {severity}: {message} [{id}]"],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise Unusable(f"cppcheck:\n{run_tests.tail(done.stdout + done.stderr)}")
    return judged(findings_in(done.stderr), is_of_cppcheck)


def fanalyzer():
    _, entries = sources()

    def command(entry):
        words = shlex.split(entry["command"])
        words[words.index("-o") + 1] = "/dev/null"
        for option in ("-MQ", "-MF"):
            del words[words.index(option):words.index(option) + 2]
        words = [word for word in words if word not in ("-MD", "-Werror")]
        return [*words, "-fdiagnostics-color=never", "-fdiagnostics-path-format=none", "-fanalyzer"]

    said = each(entries, command)
    found = [finding for output in said for finding in findings_in(output)]
    return judged(found, lambda check: check.startswith("analyzer-"))


def thread():
    good(run_tests.configure(THREAD), THREAD)
    tests = run_tests.tests_of(THREAD)
    good(run_tests.compile_for(THREAD, tests), THREAD)
    folder = ROOT / THREAD.name
    logs = folder / "races"
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir()
    for test in tests:
        test.environment = {**test.environment, "TSAN_OPTIONS":
                            f"log_path={logs}/race exitcode=0 second_deadlock_stack=1"}
    tally = run_tests.Tally()
    run_tests.run_all(THREAD, tests, tally)
    for log in sorted(logs.iterdir()):
        text = log.read_text(errors="replace")
        for report in re.findall(r"^WARNING: ThreadSanitizer: .*?(?=^SUMMARY)", text, re.M | re.S):
            place = re.search(r"#\d+ \S+ (?:\.\./|\S*/)(src/\S+?:\d+)", report)
            what = report.split("\n")[0].removeprefix("WARNING: ThreadSanitizer: ")
            yield Finding(place[1] if place else f"see {log.relative_to(ROOT)}", "thread",
                          re.sub(r" \(pid=\d+\)", "", what))


def short_scenario(folder):
    """The scenario's first minutes, with its policies where they are."""
    text, count = re.subn(r"^duration: .*$", f"duration: {SCENARIO_MIN} min",
                          SCENARIO.read_text("utf-8"), flags=re.M)
    assert count == 1
    path = folder / "short.yaml"
    path.write_text(text.replace("../policies/", f"{ROOT}/data/policies/"), "utf-8")
    return path


def valgrind():
    folder = built(PLAIN, ["watchfire"])
    journals = folder / "journals"
    shutil.rmtree(journals, ignore_errors=True)
    command = ["valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite,indirect",
               "--errors-for-leak-kinds=definite,indirect", "--track-origins=yes",
               "--error-exitcode=66", str(folder / "watchfire"), "exercise",
               str(short_scenario(folder)), "--fast", "--journal", str(journals)]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True)
    (folder / "valgrind.txt").write_text(done.stderr)
    reports = re.split(r"^==\d+== *$", done.stderr, flags=re.M)
    for report in reports:
        lines = re.findall(r"^==\d+== *(.*)$", report, re.M)
        if lines:
            place = re.search(r"\(([a-z_]+\.[ch]:\d+)\)", report)
            yield Finding(place[1] if place else "the exercise", "valgrind", lines[0])
    if done.returncode not in (0, 66):
        yield Finding("the exercise", "valgrind", f"exit status {done.returncode}")


ANALYSERS = {  # name -> (what does it, programs that it needs)
    "clang-tidy": (clang_tidy, ["clang-tidy-19"]),
    "cppcheck": (cppcheck, ["cppcheck"]),
    "fanalyzer": (fanalyzer, ["gcc"]),
    "thread": (thread, ["clang-19", "nats-server"]),
    "valgrind": (valgrind, ["valgrind"]),
}


def run(name):
    """How many findings one analyser has; prints them."""
    start = time.monotonic()
    analyse, programs = ANALYSERS[name]
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        raise Unusable(f"no {missing[0]} here: scripts/setup.sh analyse")
    run_tests.say(f"{name}:")
    found = sorted(set(analyse()))
    for finding in found:
        run_tests.say(f"  {finding}")
    run_tests.say(f"{name}: {len(found)} findings, {time.monotonic() - start:.0f} s")
    return len(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name", nargs="?", default="", metavar="NAME")
    wanted = parser.parse_args().name
    names = [name for name in ANALYSERS if wanted in name]
    if not names:
        print(f"no analyser's name contains '{wanted}'; there are: {', '.join(ANALYSERS)}")
        return 2
    try:
        counts = [run(name) for name in names]
    except Unusable as trouble:
        print(trouble)
        return 2
    print(f"{len(names)} analysers, {sum(counts)} findings")
    return 1 if sum(counts) else 0


if __name__ == "__main__":
    sys.exit(main())
