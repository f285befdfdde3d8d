#!/usr/bin/env python3
"""Bundles and minifies the page: web/src/app.ts and all that it imports into one script and one
style sheet.

    web_build.py WEB_DIR OUTPUT.js OUTPUT.css

What the page is made with comes from the npm registry once: the lock file names each package and
its hash, and they are fetched again only when it changes. Builds that run at the same time wait
for each other there.
"""
import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile

SAID_LINES = 6  # of npm: what follows is its own inside


def fail(text):
    sys.exit(f"web_build.py: {text}")


def install(web):
    """Fetches the packages of the folder's lock file, unless these very ones are there."""
    modules = os.path.join(web, "node_modules")
    stamp = os.path.join(modules, ".watchfire-lock")
    with open(os.path.join(web, "package-lock.json"), "rb") as lock:
        wanted = hashlib.sha256(lock.read()).hexdigest()
    os.makedirs(modules, exist_ok=True)
    with open(os.path.join(web, ".npmrc"), "rb") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        if os.path.exists(stamp) and open(stamp, encoding="ascii").read() == wanted:
            return
        try:
            done = subprocess.run(["npm", "ci", "--prefer-offline", "--loglevel=error"], cwd=web,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True)
        except FileNotFoundError:
            fail("npm is missing: scripts/setup.sh run installs it")
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip().splitlines()[:SAID_LINES]
            fail(f"npm ci failed in {web}; the first build needs the npm registry:\n"
                 + "\n".join(said))
        with open(stamp, "w", encoding="ascii") as out:
            out.write(wanted)


def bundle(web, script, style):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [os.path.join(web, "node_modules", ".bin", "esbuild"), "src/app.ts", "--bundle",
             "--minify", "--format=esm", "--target=es2022,chrome110,firefox110,safari16",
             "--charset=utf8", "--legal-comments=none", "--log-level=warning",
             "--outfile=" + os.path.join(folder, "app.js")],
            cwd=web, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            fail("esbuild failed:\n" + done.stderr.strip())
        for made, path in (("app.js", script), ("app.css", style)):
            with open(os.path.join(folder, made), "rb") as source, open(path, "wb") as out:
                out.write(source.read())


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    install(os.path.abspath(sys.argv[1]))
    bundle(os.path.abspath(sys.argv[1]), *map(os.path.abspath, sys.argv[2:]))
