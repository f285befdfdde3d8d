#!/usr/bin/env python3
"""The scripts of deploy/: what they refuse, what they write, and that the server takes it. Prints
one line a case (TAP).

  tests/link/test_deploy.py ROOT
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Public NKeys of the examples of nkeys/README.md and of nats.c 3.4.1 (test/test.c), and of the seed
# of 32 zeros.
NKEYS = {
    "KOR": "UD466L6EBCM3YY5HEGHJANNTN4LSKTSUXTH7RILHCKEQMQHTBNLHJJXT",
    "JPN": "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4",
    "USA": "UA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCTYM5",
}
# What may never stand in a server's configuration, outside comments.
BANNED = (
    "jetstream", "http", "leafnode", "cluster", "gateway", "websocket", "mqtt", "min_version",
    "verify_and_map", "monitor", "trace: true", "debug: true", "no_auth_user", "*",
)  # fmt: skip


class House:
    def __init__(self, root, folder):
        self.deploy, self.folder = Path(root).resolve() / "deploy", Path(folder)

    def run(self, script, *words):
        done = subprocess.run([self.deploy / script, *map(str, words)], capture_output=True,
                              text=True, cwd=self.folder, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def good(self, script, *words):
        status, out, err = self.run(script, *words)
        assert status == 0, err
        return out

    def refused(self, said, script, *words):
        status, _, err = self.run(script, *words)
        assert status == 2 and said in err, (status, err)

    def server(self, *words):
        return ["server.py", "--owner", "USA", "--domain", "exercise", "--listen",
                "127.0.0.1:4222", "--tls", ".", *words]  # fmt: skip

    def configuration(self, *words):
        return self.good(*self.server(*words, *[f"{n}={k}" for n, k in NKEYS.items()]))


def subjects(text, nation, word):
    """What a nation may publish or subscribe to."""
    block = re.search(rf"^    {nation} {{(.*?)^    }}", text, re.DOTALL | re.MULTILINE)[1]
    allowed = re.search(rf"{word} {{ allow: \[(.*?)\]", block, re.DOTALL)[1]
    return set(re.findall(r'"(.*?)"', allowed))


def server_takes_it(house):
    house.good("certificates.sh", "authority", "ca", "USA")
    house.good("certificates.sh", "request", ".", "server")
    house.good("certificates.sh", "server", "ca", "server.csr", "127.0.0.1", "hub.example")
    (house.folder / "ca.pem").write_bytes((house.folder / "ca" / "ca.pem").read_bytes())
    (house.folder / "conf").write_text(house.configuration())
    server = shutil.which("nats-server") or "/usr/sbin/nats-server"  # Debian's place
    done = subprocess.run([server, "-t", "-c", "conf"], capture_output=True, text=True,
                          cwd=house.folder, timeout=60)
    assert done.returncode == 0, done.stderr
    shown = house.good("certificates.sh", "show", "server.pem")
    assert "DNS:hub.example" in shown and "IP Address:127.0.0.1" in shown and "Client" not in shown


def allow_lists(house):
    text = house.configuration()
    for nation in NKEYS:
        others = [other for other in NKEYS if other != nation]
        lanes = [(other, lane) for other in others for lane in ("live", "repair")]
        assert subjects(text, nation, "publish") == {
            f"wf.exercise.{nation}.{other}.{lane}" for other, lane in lanes}
        assert subjects(text, nation, "subscribe") == {
            f"wf.exercise.{other}.{nation}.{lane}" for other, lane in lanes}
    settings = re.sub("#.*", "", text)
    assert not [word for word in BANNED if word in settings]
    assert "verify: true" in settings and "no_system_account: true" in settings


def only_some_pairs(house):
    text = house.configuration("--only", "KOR:USA", "--only", "JPN:USA")
    assert subjects(text, "KOR", "publish") == {"wf.exercise.KOR.USA.live",
                                                "wf.exercise.KOR.USA.repair"}  # fmt: skip
    assert "KOR.JPN" not in text and "JPN.KOR" not in text


def server_refuses(house):
    kor, jpn = f"KOR={NKEYS['KOR']}", f"JPN={NKEYS['JPN']}"
    house.refused("at least two", *house.server(kor))
    house.refused("named twice", *house.server(kor, jpn, jpn))
    house.refused("named twice", *house.server(kor, "JPN=" + NKEYS["KOR"]))
    house.refused("expected NATION=NKEY", *house.server(kor, "Japan"))
    house.refused("no public NKey", *house.server(kor, jpn[:-1] + "5"))
    house.refused("no public NKey", *house.server(kor, jpn + " "))
    house.refused("--only KOR:USA", *house.server("--only", "KOR:USA", kor, jpn))
    house.refused("expected HOST:PORT", *house.server("--listen", "4222", kor, jpn))
    house.refused("no quotes", *house.server("--log", 'a"b', kor, jpn))


def certificates_refuse(house):
    house.good("certificates.sh", "authority", "ca", "USA")
    house.good("certificates.sh", "request", "tls", "KOR")
    house.refused("exists already", "certificates.sh", "authority", "ca", "USA")
    house.refused("exists already", "certificates.sh", "request", "tls", "KOR")
    house.refused("letters, digits", "certificates.sh", "request", "tls", "K/R")
    house.refused("ends in .csr", "certificates.sh", "client", "ca", "tls/KOR.key")
    house.refused("cannot be read", "certificates.sh", "client", "ca", "tls/JPN.csr")
    house.refused("Usage", "certificates.sh", "server", "ca", "tls/KOR.csr")
    house.refused("Usage", "certificates.sh")
    for key in ("ca/ca.key", "tls/KOR.key"):
        assert (house.folder / key).stat().st_mode & 0o777 == 0o600


def requests_decide_nothing(house):
    """A nation asks to be an authority, and for another's name as a server; it gets a client's."""
    house.good("certificates.sh", "authority", "ca", "USA")
    house.good("certificates.sh", "request", ".", "KOR")
    subprocess.run(
        ["openssl", "req", "-new", "-key", "KOR.key", "-subj", "/CN=KOR", "-addext",
         "basicConstraints=critical,CA:TRUE", "-addext", "subjectAltName=DNS:hub.example", "-out",
         "KOR.csr"], cwd=house.folder, check=True, capture_output=True)  # fmt: skip
    house.good("certificates.sh", "client", "ca", "KOR.csr")
    text = subprocess.run(["openssl", "x509", "-in", "KOR.pem", "-noout", "-text"],
                          cwd=house.folder, check=True, capture_output=True, text=True).stdout
    assert "CA:FALSE" in text and "hub.example" not in text and "TLS Web Client" in text
    assert "TLS Web Server" not in text


TESTS = [server_takes_it, allow_lists, only_some_pairs, server_refuses, certificates_refuse,
         requests_decide_nothing]  # fmt: skip


def main():
    status = 0
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(House(sys.argv[1], folder))
                said = "ok"
            except AssertionError as trouble:
                print(trouble.args)
                said, status = "not ok", 1
        print(f"{said} {number} - {test.__name__.replace('_', ' ')}")
    return status


if __name__ == "__main__":
    sys.exit(main())
