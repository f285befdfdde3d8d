#!/usr/bin/env python3
"""Runs scripts/setup.sh in made-up systems: what is installed, who runs it and whether the package
manager works are small scripts in a PATH of their own. Prints one line a test (TAP)."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SETUP = Path(__file__).resolve().parents[2] / "scripts" / "setup.sh"
REAL = "sh cat sed cut tr awk mktemp rm tail env true".split()
UPDATE = "apt-get update\n"
INSTALL = "apt-get install -y --no-install-recommends"

# The state is a file of installed packages; apt-get install adds to it, and logs how it was called.
DPKG_QUERY = """#!/bin/sh
shift 2
status=0
for name in "$@"; do
    if grep -qx "$name" "$STATE"; then echo "$name installed"; else status=1; fi
done
exit $status
"""
APT_GET = """#!/bin/sh
echo "apt-get $*" >>"$LOG"
[ "$1" != install ] && exit "${UPDATE_STATUS:-0}"
[ "$INSTALL_STATUS" = 0 ] || exit "$INSTALL_STATUS"
shift 3
printf '%s\\n' "$@" >>"$STATE"
"""
SUDO = """#!/bin/sh
[ "$1" != -n ] || exit "$SUDO_STATUS"
echo "sudo" >>"$LOG"
exec "$@"
"""


class System:
    def __init__(self, folder, installed="", root=True, debian=True, sudo=None):
        self.folder = Path(folder)
        self.log, self.state = self.folder / "log", self.folder / "state"
        self.state.write_text(installed)
        self.log.write_text("")
        self.environment = {
            "PATH": str(self.folder / "bin"), "STATE": str(self.state), "LOG": str(self.log),
            "INSTALL_STATUS": "0", "SUDO_STATUS": str(sudo or 0),
        }  # fmt: skip
        (self.folder / "bin").mkdir()
        for name in [*REAL, "grep"]:
            os.symlink(subprocess.check_output(["sh", "-c", f"command -v {name}"], text=True)
                       .strip().replace("true", "/bin/true"), self.folder / "bin" / name)
        self._tool("id", f"#!/bin/sh\necho {0 if root else 1000}\n")
        if debian:
            self._tool("dpkg-query", DPKG_QUERY)
            self._tool("apt-get", APT_GET)
        if sudo is not None:
            self._tool("sudo", SUDO)

    def _tool(self, name, text):
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def setup(self, *arguments, **changes):
        """(exit status, all output, how apt-get was called)"""
        done = subprocess.run(
            ["sh", str(SETUP), *arguments], env={**self.environment, **changes}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout, self.log.read_text()


def names(what):
    listed = subprocess.check_output(["sh", str(SETUP), "list", what], text=True)
    return [line.split()[0] for line in listed.splitlines()]


def bare_machine(folder):
    status, out, log = System(folder).setup("run")
    told = all(f"  {name} " in out for name in names("run"))
    return status == 0 and told and log == UPDATE + " ".join([INSTALL, *names("run")]) + "\n"


def only_what_is_missing(folder):
    there = [name for name in names("test") if name not in ("gcc", "libcmocka-dev")]
    status, out, log = System(folder, "\n".join(there) + "\n").setup("test")
    return status == 0 and log == f"{UPDATE}{INSTALL} gcc libcmocka-dev\n" and "meson" not in out


def each_name_adds_to_the_one_before(folder):
    lists = [set(names(what)) for what in ("run", "test", "analyse")]
    status, _, log = System(folder, "\n".join(lists[1]) + "\n").setup("analyse")
    asked = set(log.removeprefix(UPDATE + INSTALL).split())
    return lists[0] < lists[1] < lists[2] and status == 0 and asked == lists[2] - lists[1]


def nothing_is_missing(folder):
    system = System(folder, "\n".join(names("test")) + "\n", root=False)
    return system.setup("test") == (0, "", "")


def node_of_another_source(folder):
    there = [name for name in names("test") if name not in ("nodejs", "npm")]
    system = System(folder, "\n".join(there) + "\n")
    system._tool("npm", "#!/bin/sh\n")
    only_one = system.setup("test")[2]
    system.log.write_text("")
    system._tool("node", "#!/bin/sh\n")
    return only_one == f"{UPDATE}{INSTALL} nodejs\n" and system.setup("test") == (0, "", "")


def second_time(folder):
    system = System(folder)
    system.setup("run")
    system.log.write_text("")
    return system.setup("run") == (0, "", "")


def without_rights(folder):
    status, out, log = System(folder, root=False).setup("run")
    return status == 2 and log == "" and "run as root" in out and f"{INSTALL} gcc" in out


def sudo_that_asks(folder):
    status, out, log = System(folder, root=False, sudo=1).setup("run")
    return status == 2 and log == "" and "run as root" in out


def with_sudo(folder):
    status, _, log = System(folder, root=False, sudo=0).setup("run")
    return status == 0 and log.startswith("sudo\n" + UPDATE + "sudo\n" + INSTALL)


def not_debian(folder):
    status, out, _ = System(folder, debian=False).setup("run")
    return status == 2 and "not Debian" in out and "libsodium-dev " in out


def told_to_leave_it(folder):
    return System(folder, debian=False).setup("run", WATCHFIRE_NO_SETUP="1") == (0, "", "")


def failed_installation(folder):
    status, out, _ = System(folder).setup("run", INSTALL_STATUS="100")
    return status == 1 and "could not install: gcc" in out


def failed_update(folder):
    status, out, _ = System(folder).setup("run", UPDATE_STATUS="100")
    return status == 0 and "update had trouble" in out


def wrong_use(folder):
    system = System(folder)
    return all(system.setup(*words)[0] == 2 for words in [(), ("all",), ("run", "test")])


TESTS = [
    bare_machine, only_what_is_missing, each_name_adds_to_the_one_before, nothing_is_missing,
    node_of_another_source, second_time, without_rights, sudo_that_asks, with_sudo, not_debian,
    told_to_leave_it, failed_installation, failed_update, wrong_use,
]  # fmt: skip


def main():
    status = 0
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        with tempfile.TemporaryDirectory() as folder:
            good = test(folder)
        status |= not good
        print(f"{'ok' if good else 'not ok'} {number} - {test.__name__.replace('_', ' ')}")
    return status


if __name__ == "__main__":
    sys.exit(main())
