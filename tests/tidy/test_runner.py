#!/usr/bin/env python3
"""Proves that the test runner counts truly: what a test said and how it ended, against the cases
that must come of it. Prints one line a test (TAP)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import run_tests  # noqa: E402

XML = """<testsuites><testsuite name="t" tests="4" failures="1" errors="1" skipped="1" >
<testcase name="a" time="0.000" >
</testcase>
<testcase name="b" time="0.000" >
  <skipped/>
</testcase>
<testcase name="c" time="0.000" >
  <failure><![CDATA[0x1 != 0x2]]></failure>
</testcase>
<testcase name="a" time="0.000" >
</testcase>
</testsuite></testsuites>"""
ALL_GOOD = '<testcase name="a" time="0" >\n</testcase>'
TAP = "1..3\nok 1 - a\nfile:1: rule\nnot ok 2 - b\nok 3 - c # SKIP no data\n"

# what, exit status (None = out of time), standard output, XML, the cases that it must give
CASES = [
    ("cmocka", 1, "", XML, {"a": "passed", "b": "skipped", "c": "failed", "a #2": "passed"}),
    ("cmocka, all good", 0, "", ALL_GOOD, {"a": "passed"}),
    ("cmocka, then a crash", -11, "", ALL_GOOD, {"a": "passed", "(exit)": "failed"}),
    ("cmocka, then a leak", 1, "", ALL_GOOD, {"a": "passed", "(exit)": "failed"}),
    ("a failure, then a crash", -6, "", XML,
     {"a": "passed", "b": "skipped", "c": "failed", "a #2": "passed", "(exit)": "failed"}),
    ("a crash before any case", -6, "", "", {"(exit)": "failed"}),
    ("a plain program", 0, "", "", {"(all)": "passed"}),
    ("a plain program that fails", 3, "", "", {"(exit)": "failed"}),
    ("a plain program that skips", 77, "", "", {"(all)": "skipped"}),
    ("out of time", None, "", "", {"(time)": "failed"}),
    ("TAP", 1, TAP, "", {"a": "passed", "b": "failed", "c": "skipped"}),
    ("TAP that ends early", 0, "1..2\nok 1 - a\n", "", {"a": "passed", "(plan)": "failed"}),
    ("TAP without a failure, bad status", 1, "1..1\nok 1 - a\n", "",
     {"a": "passed", "(exit)": "failed"}),
]  # fmt: skip

# states of one case in several builds, verdict
VERDICTS = [
    (("passed", "passed"), "passed"),
    (("passed", "failed"), "failed"),
    (("skipped", "failed"), "failed"),
    (("skipped", "passed"), "passed"),
    (("skipped", "skipped"), "skipped"),
]


def checks():
    for what, status, out, xml, expected in CASES:
        cases = run_tests.cases_of(status, out, "", xml, 1)
        yield what, {case.name: case.state for case in cases}, expected
    for states, expected in VERDICTS:
        tally = run_tests.Tally()
        for state in states:
            tally.add("suite", "test", run_tests.Case("a", state))
        yield " and ".join(states), [verdict for _, verdict in tally.verdicts()], [expected]


def main():
    status = 0
    print(f"1..{len(CASES) + len(VERDICTS)}")
    for number, (what, got, expected) in enumerate(checks(), 1):
        if got != expected:
            print(f"expected {expected}, not {got}")
            status = 1
        print(f"{'ok' if got == expected else 'not ok'} {number} - {what}")
    return status


if __name__ == "__main__":
    sys.exit(main())
