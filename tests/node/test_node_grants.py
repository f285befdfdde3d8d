#!/usr/bin/env python3
"""Runs a real node that may pass on what partners release, and has no line to them: what it says of
grants, of key lists that were given by hand, and of certificates of a line. Prints one line a case
(TAP).

  tests/node/test_node_grants.py WATCHFIRE ROOT
"""

import re
import signal
import socket
import subprocess
import sys
import tempfile

from test_node import WAIT_S, Node, check, free_port, until


def set_up(node):
    """KOR's node; USA and JPN as partners, each by the list that it gave by hand."""
    text = node.file.read_text() + "partners:\n"
    for nation in ("USA", "JPN"):
        node.run("keys", "new", "--nation", nation, "--domain", "exercise", "--dir", nation,
                 "--passphrase", "passphrase", "--root-passphrase", "root-passphrase")
        shown = subprocess.run([node.command, "keys", "show", "--dir", nation], cwd=node.folder,
                               capture_output=True, text=True, check=True).stdout
        root = re.search(r"\b[0-9a-f]{64}\b", shown).group()
        text += f"  - nation: {nation}\n    root: {root}\n    key list: {nation}/key-list\n"
    node.file.write_text(text)


def grants(node, *names):
    """Writes them into NODE.yaml; the line of the first."""
    text = re.sub(r"grants:\n(  - .*\n)*", "", node.file.read_text())
    node.file.write_text(text + "".join(["grants:\n", *(f"  - {name}\n" for name in names)]))
    return text.count("\n") + 2


def reload(node, says):
    told = len(node.said())
    node.process.send_signal(signal.SIGHUP)
    until(lambda: True if re.search(says, node.said()[told:]) else None, says)


def in_force(node):
    return [(g["owner"], g["to"], g["counts"]) for g in node.get("status")["relays"]["grants"]]


def make(node, name, owner, via, to, *more):
    node.run("keys", "grant", name, "--dir", owner, "--via", via, "--to", to, "--up-to", "SECRET",
             "--passphrase", "passphrase", *more)


def a_grant_that_is_not_there_is_named_with_its_line(node):
    line = grants(node, "usa-jpn.grant")
    node.start()
    check(f"node.yaml:{line}: " in node.said() and "usa-jpn.grant" in node.said(), node.said())
    check(in_force(node) == [], node.get("status"))
    partners = node.get("status")["partners"]
    check(all(p["apart"] and p["key_list"] == "1" and p["lanes"] == [] for p in partners), partners)


def sighup_puts_grants_in_force(node):
    make(node, "usa-jpn.grant", "USA", "KOR", "JPN")
    reload(node, "grants: 1 in force")
    check(in_force(node) == [("USA", "JPN", True)], node.get("status"))


def what_is_no_grant_of_ours_is_not_used(node):
    make(node, "other.grant", "JPN", "GBR", "USA")
    make(node, "stranger.grant", "JPN", "KOR", "GBR")
    (node.folder / "altered.grant").write_bytes((node.folder / "usa-jpn.grant").read_bytes()[:-1])
    line = grants(node, "usa-jpn.grant", "other.grant", "stranger.grant", "altered.grant")
    reload(node, "grants: 1 in force")
    said = node.said()
    for number, words in ((1, "lets GBR pass on to USA what JPN releases to it; expected one that "
                              "names KOR"),
                          (2, "expected two partners of this node; not used"),
                          (3, "is not a grant, or was altered")):  # fmt: skip
        check(re.search(rf"GRANTS: .*node\.yaml:{line + number}: .*{words}", said), said)
    check(in_force(node) == [("USA", "JPN", True)], node.get("status"))


def a_settings_file_out_of_order_changes_nothing(node):
    text = node.file.read_text()
    node.file.write_text(text + "  - usa-jpn.grant\n    oops\n  : [")
    reload(node, r"GRANTS: .*node\.yaml:.*; they stay as they were")
    check(in_force(node) == [("USA", "JPN", True)], node.get("status"))
    node.file.write_text(text)


def they_stand_after_a_start_and_end_when_they_are_taken_out(node):
    grants(node, "usa-jpn.grant")
    status, out = node.stop()
    check(status == 0, node.said())
    check("passes on USA's to JPN until 2" in out or "passes on" not in out, out)
    node.start()
    check(in_force(node) == [("USA", "JPN", True)], node.get("status"))
    grants(node)
    node.file.write_text(node.file.read_text().replace("grants:\n", ""))
    reload(node, "grants: 0 in force")
    check(in_force(node) == [], node.get("status"))
    status, out = node.stop()
    check(status == 0 and "passes on USA's to JPN until 2" in out, (status, out))
    check("partners  USA by way of others alone, JPN by way of others alone" in out, out)
    node.run("audit", "journal.db")
    node.run("replay", "journal.db", "--node", "node.yaml")


def a_list_of_another_nation_is_refused(node):
    text = node.file.read_text()
    for before, after, says in (
            ("USA/key-list", "JPN/key-list", "JPN/key-list"),
            ("key list: USA/key-list", "key list: none", "none"),
            ("    key list: USA/key-list\n", "", "node.yaml:13:5: nation: found neither"),
    ):  # fmt: skip
        node.file.write_text(text.replace(before, after))
        done = subprocess.run([node.command, "node", node.file], capture_output=True, text=True,
                              timeout=WAIT_S)
        check(done.returncode == 2 and says in done.stderr, done)
    node.file.write_text(text)


def certificate(node, days):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=KOR",
                    "-days", str(days), "-keyout", "tls.key", "-out", "tls.pem"],
                   cwd=node.folder, check=True, capture_output=True)


def a_certificate_that_ends_is_told_until_there_is_another(node):
    certificate(node, 5)
    node.run("nkey", "new", "carrier.nk")
    list_line = "    key list: JPN/key-list\n"
    line = (f"    server: 127.0.0.1:{free_port(socket.SOCK_STREAM)}\n"
            "    certificate authority: tls.pem\n    certificate: tls.pem\n"
            "    private key: tls.key\n    nkey: carrier.nk\n")
    node.file.write_text(node.file.read_text().replace(list_line, line))
    node.start()

    def told():
        return [h for h in node.get("state")["health"] if "tls.pem ends in" in h["what"]]

    lines = until(lambda: told() or None, "a line on the page")
    check("ends in 5 days; then the link with JPN cannot be made" in lines[0]["what"]
          and "SIGHUP" in lines[0]["todo"], lines)
    certificate(node, 400)
    reload(node, "over: The certificate")
    check(not told(), told())
    node.stop()


TESTS = [
    a_grant_that_is_not_there_is_named_with_its_line,
    sighup_puts_grants_in_force,
    what_is_no_grant_of_ours_is_not_used,
    a_settings_file_out_of_order_changes_nothing,
    they_stand_after_a_start_and_end_when_they_are_taken_out,
    a_list_of_another_nation_is_refused,
    a_certificate_that_ends_is_told_until_there_is_another,
]


def main():
    status = 0
    print(f"1..{len(TESTS)}")
    with tempfile.TemporaryDirectory(prefix="watchfire-grants-") as folder:
        node = Node(sys.argv[1], sys.argv[2], folder)
        set_up(node)
        for number, test in enumerate(TESTS, 1):
            try:
                test(node)
                said = "ok"
            except (AssertionError, subprocess.TimeoutExpired) as trouble:
                print(*trouble.args, sep="\n")
                said, status = "not ok", 1
            print(f"{said} {number} - {test.__name__.replace('_', ' ')}", flush=True)
        if node.process is not None and node.process.poll() is None:
            node.process.kill()
    return status


if __name__ == "__main__":
    sys.exit(main())
