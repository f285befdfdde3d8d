#!/usr/bin/env python3
"""Proves that each rule of tidy.py can fail, and at the right line: small trees that break one rule
each, beside trees that come close and break none. Prints one line a test (TAP)."""

import subprocess
import sys
import tempfile
from pathlib import Path

import tidy

SETUP = "packages() {\nrun libsodium-dev signatures\n}\n"
LONG_FUNCTION = "void room_long(void)\n{\n" + "    step();\n" * 68 + "}\n"
PATTERN_WORK = "/wo" + "rk/tree"
PATTERN_HOST = "registry.npm" + "js.org"

# rule, what breaks it, path, text, line of the finding
BAD = [
    ("imports", "track takes from share", "src/track/a.c",
     '#include "track/a.h"\n#include "share/ledger.h"\n', 2),
    ("imports", "share takes from fuse", "src/share/a.c", '#include "fuse/picture.h"\n', 1),
    ("imports", "fuse takes from track", "src/fuse/a.c", '#include "track/filter.h"\n', 1),
    ("imports", "pure takes from the shell", "src/warn/a.c", '#include "journal/journal.h"\n', 1),
    ("imports", "engine takes from formats", "src/engine/a.c", '#include "formats/cap.h"\n', 1),
    ("imports", "node takes from sim", "src/node/a.c", '#include "sim/truth.h"\n', 1),
    ("imports", "console takes the inside of a tracker", "src/console/a.c",
     '#include "engine/view.h"\n#include "engine/engine.h"\n', 2),
    ("imports", "base takes from geo", "src/base/a.h", '/*\n*/\n#include "geo/frame.h"\n', 3),
    ("imports", "no folder", "src/geo/a.c", '#include "frame.h"\n', 1),
    ("imports", "a room that is not in the table", "src/attic/a.c", "int x;\n", 1),
    ("wire", "engine sees the wire", "src/engine/a.c", '#include "watchfire.pb.h"\n', 1),
    ("headers", "threads", "src/track/a.c", "#include <assert.h>\n#include <pthread.h>\n", 2),
    ("headers", "I/O", "src/model/a.h", "#include <stdio.h>\n", 1),
    ("headers", "keys outside share", "src/fuse/a.c", "#include <sodium.h>\n", 1),
    ("function-length", "71 lines", "src/cli/a.c", "int x;\n" + LONG_FUNCTION, 2),
    ("function-length", "71 lines in a test", "tests/geo/test_a.c", LONG_FUNCTION, 1),
    ("function-length", "71 lines of Python", "tests/a.py", "def f():\n" + "    x = 1\n" * 70, 1),
    ("file-length", "601 lines", "src/node/a.c", "int x;\n" * 601, 601),
    ("line-length", "101 columns", "src/node/a.c", "int x;\n//" + "x" * 99 + "\n", 2),
    ("line-length", "a tab", "scripts/a.sh", "#!/bin/sh\n\ttrue\n", 2),
    ("line-length", "blank at the end", "tests/a.py", "x = 1 \n", 1),
    ("typedef", "struct", "src/node/a.h", "typedef struct {\n    int x;\n} thing;\n", 1),
    ("typedef", "named struct", "src/node/a.h", "int y;\ntypedef struct thing thing_t;\n", 2),
    ("typedef", "hidden pointer", "tests/geo/a.c", "typedef const char *text;\n", 1),
    ("control-macro", "return", "src/geo/a.c", "#define OUT(x) \\\n    return (x)\n", 1),
    ("control-macro", "goto", "tests/geo/a.c", "int y;\n#define OUT() goto out\n", 2),
    ("control-macro", "TRY elsewhere", "src/node/a.c", "#define TRY(x) return x\n", 1),
    ("banned-call", "strcpy in the shell", "src/cli/a.c", "void f(void)\n{\n strcpy(a);\n}\n", 3),
    ("banned-call", "atoi in a test", "tests/cli/a.c", "int x = atoi(y);\n", 1),
    ("banned-call", "malloc in a pure room", "src/track/a.c", "void *p = malloc (3);\n", 1),
    ("banned-call", "qsort in a pure room", "src/sim/a.c", "\nvoid f(void) { qsort(a); }\n", 2),
    ("banned-call", "clock in formats", "src/formats/a.c", "int x = clock_gettime(y);\n", 1),
    ("banned-call", "snprintf in a pure room", "src/warn/a.c", "int x = snprintf(y);\n", 1),
    ("banned-call", "sine of glibc", "src/geo/a.c", "double x = 2*sin(y);\n", 1),
    ("banned-call", "float of glibc", "src/geo/a.c", "double x = atan2f(y);\n", 1),
    ("static", "in a file", "src/geo/a.c", "int x;\nstatic int count;\n", 2),
    ("static", "in a function", "src/geo/a.c", "void f(void)\n{\n    static int n = 0;\n}\n", 3),
    ("static", "pointer that can change", "src/geo/a.c", "static const char *name = 0;\n", 1),
    ("static", "pointer to a function", "src/geo/a.c", "static int (*call)(void);\n", 1),
    ("bare-vector", "argument", "src/track/a.h", "void f(const double x_m[3]);\n", 1),
    ("bare-vector", "member", "src/model/a.h", "struct a {\n    double x_m[3];\n};\n", 2),
    ("released-record", "made elsewhere", "src/share/ledger.c",
     "void f(void)\n{\n    g((struct released_record){0});\n}\n", 3),
    ("packages", "not installed", "src/meson.build", "x = 1\nuv = dependency('libuv')\n", 2),
    ("packages", "unknown", "meson.build", "cc.find_library('nonesuch')\n", 1),
    ("machine-names", "a place", "docs/a.md", "one\nsee " + PATTERN_WORK + "\n", 2),
    ("machine-names", "a registry", "web/a.json", '"https://' + PATTERN_HOST + '/x"\n', 1),
    ("layout", "indentation", "src/node/a.c", "int f(int x)\n{\n    x++;\n      return x;\n}\n", 3),
]  # fmt: skip

# What comes close and is right.
GOOD = [
    ("src/track/a.c", '#include "base/result.h"\n#include "physics/motion.h"\n'),
    ("src/console/a.c", '#include "engine/view.h"\n#include "formats/cap.h"\n'),
    ("src/node/a.c", '#include "engine/engine.h"\n#include <pthread.h>\nstatic int count;\n'),
    ("src/share/codec.c", '#include "share/codec.h"\n#include "watchfire.pb.h"\n'),
    ("src/cli/a.c", "int x;\n" + LONG_FUNCTION.replace("    step();\n", "", 1)),
    ("src/geo/places_data.c", "/* A table. */\n" + "extern const int a;\n" * 700),
    ("src/geo/b.c",
     "// malloc(1) sin(2)\nstatic const char *const NAMES[] = {\"strcpy(\"};\n"
     "static int twice(int x)\n{\n    return elementary_sin(x) + ops->free(x) + sqrt(x);\n}\n"),
    ("src/geo/c.h", "static inline double f(const double *m9);\ntypedef int (*call)(int x);\n"),
    ("src/base/result.h", "#define TRY(x) do { return x; } while (0)\n"),
    ("src/base/matrix.h", "void f(double v[3]);\n"),
    ("src/formats/a.c", "void *p = malloc(snprintf(x));\n"),
    ("src/share/release.c",
     "void f(void)\n{\n    g((struct released_record){0});\n}\n"),
    ("meson.build", "dependency('libsodium')\ncc.find_library('m')\n"),
    ("docs/a.md", "the wo" + "rk/order is at docs/wo" + "rk/a.md\n"),
]  # fmt: skip

# rule, what breaks it, C code of the room "warn", the symbol that the finding names; None = right
ARCHIVES = [
    ("archive-symbols", "allocation", "void *malloc(unsigned long);\n"
     "void *warn_a(void) { return malloc(9); }\n", "malloc"),
    ("archive-symbols", "random bytes", "void randombytes_buf(void *, unsigned long);\n"
     "void warn_a(void *p) { randombytes_buf(p, 8); }\n", "randombytes_buf"),
    ("archive-symbols", "sine of glibc", "double sin(double);\n"
     "double warn_a(double x) { return sin(x); }\n", "sin"),
    ("archive-symbols", "square root, hash", "double sqrt(double);\nint crypto_hash_sha256(void);\n"
     "double warn_a(double x) { return sqrt(x) + crypto_hash_sha256(); }\n", None),
    ("archive-data", "static in a function", "int warn_a(void) { static int n; return n++; }\n",
     "n."),
    ("archive-data", "file scope", "int warn_count = 3;\n", "warn_count"),
    ("archive-data", "tables", "static const char *const N[] = {\"a\"};\n"
     "const char *warn_a(int i) { return N[i]; }\n", None),
]  # fmt: skip


class Report:
    def __init__(self, tests):
        self.number, self.failed = 0, 0
        print(f"1..{tests}")

    def line(self, good, name, remark=""):
        self.number += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}{remark}", flush=True)


def plant(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def findings(root, rule, build=None):
    return tidy.check(tidy.Tree(root, build), rule)


def test_bad(report, root, rule, what, path, text, line):
    plant(root, "scripts/setup.sh", SETUP)
    plant(root, path, text)
    plant(root, ".clang-format", "IndentWidth: 4\nBreakBeforeBraces: Linux\n")
    try:
        found = findings(root, rule)
    except tidy.Skip as reason:
        report.line(True, f"{rule}: {what}", f" # SKIP {reason}")
        return
    good = len(found) == 1 and found[0].startswith(f"{path}:{line}: {rule}: expected ")
    if not good:
        print(f"expected one finding at {path}:{line}, not {found}")
    report.line(good, f"{rule}: {what}")


def test_good(report, root):
    plant(root, "scripts/setup.sh", SETUP)
    for path, text in GOOD:
        plant(root, path, text)
    for rule in tidy.RULES:
        if rule == "layout" or rule.startswith("archive"):
            continue
        found = findings(root, rule)
        if found:
            print(found)
        report.line(not found, f"{rule}: nothing where all is right")


def test_archive(report, root, rule, what, code, symbol):
    plant(root, "src/warn/a.c", code)
    plant(root, "src/warn/meson.build", "static_library('warn', files('a.c'))\n")
    built = root / "build" / "src" / "warn"
    built.mkdir(parents=True)
    member = built / "a.c.o"
    subprocess.run(
        ["gcc", "-O2", "-fPIC", "-fno-builtin", "-c", root / "src/warn/a.c", "-o", member],
        check=True)
    subprocess.run(["ar", "csrT", built / "libwarn.a", member], check=True, capture_output=True)
    found = findings(root, rule, root / "build")
    good = not found
    if symbol:
        start = f"src/warn/a.c:1: {rule}: "
        good = len(found) == 1 and found[0].startswith(start) and symbol in found[0]
    if not good:
        print(f"expected {symbol}, not {found}")
    report.line(good, f"{rule}: {what}")


def test_missing_archive(report, root):
    plant(root, "src/warn/a.c", "int x;\n")
    plant(root, "src/warn/meson.build", "static_library('other', files('a.c'))\n")
    found = findings(root, "archive-symbols", root / "build")
    report.line(len(found) == 1 and "libwarn.a" in found[0], "archive-symbols: archive missing")


def main():
    compared = [name for name in tidy.RULES if name != "layout" and not name.startswith("archive")]
    report = Report(len(BAD) + len(compared) + len(ARCHIVES) + 2)
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(BAD):
            test_bad(report, Path(folder) / str(number), *case)
        test_good(report, Path(folder) / "good")
        for number, case in enumerate(ARCHIVES):
            test_archive(report, Path(folder) / f"archive{number}", *case)
        test_missing_archive(report, Path(folder) / "missing")
    proven = {case[0] for case in BAD} | {case[0] for case in ARCHIVES if case[3]}
    report.line(proven == set(tidy.RULES), "every rule has a case that breaks it")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
