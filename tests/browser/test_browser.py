#!/usr/bin/env python3
"""The page in Chromium: checks its types, then runs browser.mjs over the server of fake_console.

    test_browser.py FAKE_CONSOLE [CASE]

Speaks TAP. Skipped where there is no Chromium.
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
import web_build  # noqa: E402


def main():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        print("1..1\nok 1 - the page in a browser # SKIP no chromium: scripts/setup.sh test")
        return 0
    web_build.install(str(ROOT / "web"))
    web_build.install(str(HERE))
    checked = subprocess.run([HERE / "node_modules" / ".bin" / "tsc", "-p", ROOT / "web"],
                             capture_output=True, text=True)
    print(("ok" if checked.returncode == 0 else "not ok") + " 1 - the page's types fit", flush=True)
    for line in checked.stdout.splitlines():
        print("# " + line)
    done = subprocess.run(["node", HERE / "browser.mjs", *sys.argv[1:]],
                          env={**os.environ, "CHROMIUM": chromium})
    return checked.returncode or done.returncode


if __name__ == "__main__":
    sys.exit(main())
