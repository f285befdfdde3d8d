#!/usr/bin/env python3
"""Proves that ./test analyse reads what the analysers say, and that only an answer with a reason,
at its place and of that check, silences one. Prints one line a test (TAP)."""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "analyse"))
import analyse  # noqa: E402

CLANG = "../src/base/a.c:3:5: warning: null [clang-analyzer-core.NullDereference]\n   3 | code;\n"
GCC = "../src/base/a.c:3:5: warning: leak of ‘m’ [CWE-401] [-Wanalyzer-malloc-leak]\n"
CPPCHECK = "src/base/a.c:3:5: error: Memory leak: m [memleak]\n"
SYSTEM = "/usr/include/stdio.h:3:5: warning: null [clang-analyzer-core.NullDereference]\n"
MACRO = "../src/base/a.c:3:5: note: expanded from here [bugprone-x]\n"

# what, what the tool said, the source, the findings that must be left (checks)
CASES = [
    ("clang-tidy's", CLANG, "1\n2\ncode;\n", ["core.NullDereference"]),
    ("gcc's", GCC, "1\n2\ncode;\n", ["analyzer-malloc-leak"]),
    ("cppcheck's", CPPCHECK, "1\n2\ncode;\n", ["memleak"]),
    ("of a header of the system", SYSTEM, "1\n", []),
    ("notes", MACRO, "1\n", []),
    ("answered at its line", GCC, "1\n2\ncode; /* not a finding (analyzer-malloc-leak): why */\n",
     []),
    ("answered before", GCC, "1\n/* not a finding (analyzer-malloc-leak): a\n * reason */\ncode;\n",
     []),
    ("answered for its family", CLANG, "1\n/* not a finding (core): why */\ncode;\n", []),
    ("answered two lines before", GCC, "/* not a finding (analyzer-malloc-leak): why */\n2\n3\n",
     []),
    ("answered far away", GCC, "1\n2\n3\n/* not a finding (analyzer-malloc-leak): why */\n",
     ["analyzer-malloc-leak", "answer"]),
    ("answered for another check", GCC, "1\n/* not a finding (analyzer-other): why */\n3\n",
     ["analyzer-malloc-leak", "answer"]),
    ("answered without a reason", GCC, "1\n/* not a finding (analyzer-malloc-leak): */\n3\n",
     ["answer"]),
    ("answered, and nobody asked", "", "1\n/* not a finding (core): why */\n3\n", ["answer"]),
]  # fmt: skip


def left(said, source):
    with tempfile.TemporaryDirectory() as folder:
        analyse.ROOT = Path(folder).resolve()
        place = analyse.ROOT / "src" / "base"
        place.mkdir(parents=True)
        (place / "a.c").write_text(source, "utf-8")
        found = analyse.judged(analyse.findings_in(said), lambda check: True)
        return sorted(finding.check for finding in found)


def main():
    status = 0
    print(f"1..{len(CASES)}")
    for number, (what, said, source, expected) in enumerate(CASES, 1):
        got = left(said, source)
        if got != expected:
            print(f"expected {expected}, not {got}")
            status = 1
        print(f"{'ok' if got == expected else 'not ok'} {number} - {what}")
    return status


if __name__ == "__main__":
    sys.exit(main())
