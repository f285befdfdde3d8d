#!/usr/bin/env python3
"""Runs a real node at whose page people sign in and give orders: roles, sessions, wrong passwords,
requests of other sites, TLS away from this machine. Prints one line a case (TAP).

  tests/node/test_node_officers.py WATCHFIRE ROOT
"""

import http.client
import json
import re
import signal
import ssl
import subprocess
import sys
import threading

from test_node import WAIT_S, Node, check, run_cases, until

PASSWORDS = {"kim": "a horse of the watch", "sato": "a key for the release", "lee": "only looks on"}
ELSEWHERE = "127.0.0.2"  # this machine as well, but none of its own two addresses


class Page:
    """What a browser does: one cookie, one token, and the headers that browsers send."""

    def __init__(self, node, tls=None, host="127.0.0.1"):
        self.node, self.tls, self.host = node, tls, host
        self.cookie, self.token = None, None

    def ask(self, method, path, body=None, **headers):
        at = self.host, self.node.console
        link = (http.client.HTTPSConnection(*at, context=self.tls, timeout=WAIT_S) if self.tls
                else http.client.HTTPConnection(*at, timeout=WAIT_S))
        origin = f"http{'s' if self.tls else ''}://{self.host}:{self.node.console}"
        sent = {"Sec-Fetch-Site": "same-origin"}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if method == "POST":
            sent |= {"Origin": origin, "Content-Type": "application/json"}
            if self.token:
                sent["X-Watchfire-Token"] = self.token
        sent |= {key.replace("_", "-"): value for key, value in headers.items()}
        sent = {key: value for key, value in sent.items() if value}
        text = body if isinstance(body, (str, type(None))) else json.dumps(body)
        link.request(method, path, text, sent)
        answer = link.getresponse()
        data = answer.read()
        self.set_cookie = answer.getheader("Set-Cookie")
        link.close()
        is_json = (answer.getheader("Content-Type") or "").startswith("application/json")
        return answer.status, json.loads(data) if is_json else data

    def sign_in(self, name, password=None):
        status, said = self.ask("POST", "/sign-in",
                                {"name": name, "password": password or PASSWORDS.get(name, "")})
        if status == 200:
            self.cookie, self.token = self.set_cookie.split(";")[0], said["token"]
        return status, said

    def order(self, what, **more):
        return self.ask("POST", "/order", {"order": what, **more})


def status(node):
    """As a person asks, beside the page."""
    done = subprocess.run([node.command, "status", node.file, "--json"], capture_output=True,
                          text=True, timeout=WAIT_S)
    return json.loads(done.stdout) if done.returncode == 0 else None


def refused(node):
    return status(node)["console"]["refused"]


def start(node):
    node.err = (node.folder / "err").open("ab")
    node.process = subprocess.Popen([node.command, "node", node.file], stdout=subprocess.PIPE,
                                    stderr=node.err)
    until(lambda: status(node), "the status")


def officers(node, *words, password=None):
    return subprocess.run([node.command, "officers", *words], cwd=node.folder, timeout=WAIT_S,
                          capture_output=True, text=True, input=password)


def add(node, name, roles, password=None):
    return officers(node, "add", "officers.yaml", name, "--roles", roles, "--password", "-",
                    password=(password or PASSWORDS[name]) + "\n")


def the_command_makes_the_file(node):
    check(add(node, "kim", "watch").returncode == 0, "kim")
    check(add(node, "sato", "release,engineer").returncode == 0, "sato")
    check(add(node, "lee", "observer").returncode == 0, "lee")
    text = (node.folder / "officers.yaml").read_text()
    check(text.count("$argon2id$v=19$m=65536,") == 3, text)
    check(not any(p in text for p in PASSWORDS.values()), "a password in the clear")
    check((node.folder / "officers.yaml").stat().st_mode & 0o777 == 0o600, "mode")
    shown = json.loads(officers(node, "list", "officers.yaml", "--json").stdout)
    check(shown["officers"][1] == {"name": "sato", "roles": ["release", "engineer"]}, shown)
    for done, expected in [
        (add(node, "kim", "watch"), "is there already"),
        (add(node, "x y", "watch", "long enough for it"), "expected 1 to 31 letters"),
        (add(node, "max", "admiral", "long enough for it"), "admiral: expected watch, release"),
        (add(node, "max", "watch", "short"), "10 bytes or more"),
        (officers(node, "remove", "officers.yaml", "max"), "no such officer"),
        (officers(node, "list", "nothing.yaml"), "nothing.yaml"),
    ]:
        check(done.returncode in (1, 2) and expected in done.stderr, done)


def what_the_page_shows_needs_a_sign_in(node):
    node.run("keys", "new", "--nation", "USA", "--domain", "exercise", "--dir", "USA",
             "--passphrase", "passphrase", "--root-passphrase", "root-passphrase")
    shown = subprocess.run([node.command, "keys", "show", "--dir", "USA"], cwd=node.folder,
                           capture_output=True, text=True, check=True).stdout
    root = re.search(r"\b[0-9a-f]{64}\b", shown).group()
    node.file.write_text(
        node.file.read_text() + "officers: officers.yaml\n"
        f"partners:\n  - nation: USA\n    root: {root}\n    key list: USA/key-list\n")
    start(node)
    page = Page(node)
    for path in ("/state", "/events", "/orders", "/status"):
        check(page.ask("GET", path)[0] == 401, path)
    check(page.ask("GET", "/")[0] == 200, "the page itself")
    code, who = page.ask("GET", "/who")
    check((code, who["sign_in"], who["name"]) == (200, True, None) and "token" not in who, who)
    code, who = page.sign_in("kim")
    check((code, who["name"], who["roles"]) == (200, "kim", ["watch"]), who)
    for part in ("HttpOnly", "SameSite=Strict", "Path=/", f"watchfire-{node.console}="):
        check(part in page.set_cookie, page.set_cookie)
    check(page.ask("GET", "/state")[1]["nation"] == "KOR", "the picture")
    check(page.ask("GET", "/who")[1]["token"] == page.token, "the token comes again")
    check(page.ask("GET", "/status")[0] == 403, "the counters are for engineers")
    check(status(node)["console"]["signed_in"] == 1, status(node))
    check(page.ask("POST", "/sign-out", {})[0] == 200 and "Max-Age=0" in page.set_cookie, "out")
    check(page.ask("GET", "/state")[0] == 401, "the session is over, whatever the cookie says")


def an_order_is_journalled_with_its_actor(node):
    page = Page(node)
    page.sign_in("sato")
    check(page.ask("GET", "/status")[0] == 200, "an engineer sees the counters")
    code, said = page.order("hold", reason="an exercise\nof the release")
    check((code, said["why"]) == (400, "body"), said)
    check(page.order("hold", nation="JPN", reason="no partner of ours")[0] == 404, "JPN")
    check(page.order("hold", nation="USA", reason="USA asks: 確認中")[0] == 200, "hold")
    check(page.order("hold", reason="once more")[0] == 409, "it is held")
    held = page.ask("GET", "/orders")[1]["orders"]
    check([(o["order"], o["by"], o["nation"], o["reason"]) for o in held]
          == [("hold", "sato", "USA", "USA asks: 確認中")], held)
    check(page.ask("GET", "/state")[1]["links"][0]["held"], "the page says so")
    check("ORDER of sato: nothing more of any event goes to USA: USA asks: 確認中" in node.said(),
          node.said())
    check(page.order("hold", event="1", reason="a test")[0] == 404, "there is no such event")
    check(page.order("false", event="1", reason="a test")[0] == 403, "not the release officer's")
    page.sign_in("lee")
    check(page.order("false", event="1", reason="a test")[0] == 403, "an observer judges nothing")
    for body in ('{"order":"false"', "[]", '{"order":"false","event":"1","reason":"x","more":1}',
                 '{"order":"launch","event":"1","reason":"x"}',
                 '{"order":"false","event":"99999999999999999999","reason":"x"}',
                 '{"order":"false","event":"1","reason":" "}',
                 json.dumps({"order": "false", "event": "1", "reason": "x" * 5000})):
        check(page.ask("POST", "/order", body)[0] == 400, body)


def other_sites_and_bare_programs_order_nothing(node):
    page = Page(node)
    page.sign_in("kim")
    before = refused(node)
    body = {"order": "false", "event": "1", "reason": "a trick"}
    for headers, why in (
        ({"Origin": "http://evil.example"}, "origin"),
        ({"Origin": None}, "origin"),
        ({"Origin": "null"}, "origin"),
        ({"Sec-Fetch-Site": "cross-site"}, "site"),
        ({"Host": "evil.example"}, "host"),
        ({"X-Watchfire-Token": None}, "token"),
        ({"X-Watchfire-Token": "0" * 64}, "token"),
        ({"Cookie": None}, "not signed in"),
        ({"Content-Type": "text/plain"}, "body"),
    ):
        code, _ = page.ask("POST", "/order", body, **headers)
        check(400 <= code < 500, (headers, code))
        now = refused(node)
        check(now[why] == before.get(why, 0) + 1, (headers, before, now))
        before = now
    check(page.ask("POST", "/state", body)[0] == 405, "no other path takes a POST")
    check(page.order("false", event="1", reason="none there")[0] == 404, "it works still")


def wrong_passwords_lock_a_name_that_is_there_or_not(node):
    page = Page(node)
    for name in ("kim", "nobody"):
        for _ in range(5):
            check(page.sign_in(name, "not the password")[1] == {"why": "wrong"}, name)
        code, said = page.sign_in(name)
        check(code == 429 and said["why"] == "locked" and 0 < said["wait_s"] <= 60, said)
    check(Page(node).sign_in("sato")[0] == 200, "others sign in")
    counts = refused(node)
    check(counts["password"] == 10 and counts["locked"] == 2, counts)


def guesses_that_come_at_once_wait_in_a_row_that_ends(node):
    """Many at once: those for whom there is no room are told so, and eight have room; of one name,
    those behind the fifth find it locked, at the latest when their turn comes."""
    def guess(name):
        answers.append(Page(node).sign_in(name, "not the password")[1])
    for names, instead, wrong in (([f"x{i}" for i in range(24)], "busy", range(8, 25)),
                                  (["eve"] * 8, "locked", [5])):
        answers = []
        guessers = [threading.Thread(target=guess, args=(name,)) for name in names]
        for one in guessers:
            one.start()
        for one in guessers:
            one.join()
        said = [answer["why"] for answer in answers]
        check(said.count("wrong") in wrong and set(said) <= {"wrong", instead}, said)
        check(len(said) == len(names), said)


def who_is_removed_is_signed_out(node):
    page = Page(node)
    page.sign_in("lee")
    check(page.ask("GET", "/state")[0] == 200, "signed in")
    check(officers(node, "remove", "officers.yaml", "lee").returncode == 0, "removed")
    node.process.send_signal(signal.SIGHUP)
    until(lambda: True if "officers: 2 may sign in" in node.said() else None, "the reload")
    check(page.ask("GET", "/state")[0] == 401, "signed out")
    check(page.sign_in("lee")[0] == 403, "and not in again")
    (node.folder / "officers.yaml").write_text(
        "officers:\n  - {name: kim, roles: [king], password: x}\n")
    node.process.send_signal(signal.SIGHUP)
    until(lambda: True if "officers.yaml:2:25: roles: found \"king\"; expected watch"
          in node.said() else None, "what is wrong with it")
    check(Page(node).sign_in("sato")[0] == 200, "who could sign in still can")


def away_from_this_machine_it_speaks_tls_or_nothing(node):
    check(node.stop()[0] == 0, node.said())
    (node.folder / "officers.yaml").unlink()
    check(add(node, "kim", "watch").returncode == 0, "kim")
    text = node.file.read_text().replace("console: 127.0.0.1", f"console: {ELSEWHERE}")
    node.file.write_text(text)
    done = subprocess.run([node.command, "node", node.file], capture_output=True, text=True,
                          timeout=WAIT_S)
    check(done.returncode == 2 and '"officers" and "console tls"' in done.stderr, done.stderr)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "page.key", "-out",
                    "page.crt", "-subj", "/CN=watch.example", "-addext",
                    f"subjectAltName=IP:{ELSEWHERE}"],
                   cwd=node.folder, check=True, capture_output=True, timeout=WAIT_S)
    (node.folder / "page.key").chmod(0o600)
    node.file.write_text(
        text + "console tls:\n  certificate: page.crt\n  private key: page.key\n")
    start(node)
    tls = ssl.create_default_context(cafile=node.folder / "page.crt")
    page = Page(node, tls, ELSEWHERE)
    check(page.sign_in("kim")[0] == 200, "signed in over TLS")
    check(page.set_cookie.startswith("__Host-watchfire-") and "; Secure" in page.set_cookie,
          page.set_cookie)
    check(page.ask("GET", "/state")[0] == 200, "the picture")
    older = ssl.create_default_context(cafile=node.folder / "page.crt")
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    for link in (Page(node, older, ELSEWHERE), Page(node, None, ELSEWHERE)):
        try:
            answer = link.ask("GET", "/")
        except (OSError, http.client.HTTPException):
            continue
        raise AssertionError(f"it answered: {answer}")
    check(node.stop()[0] == 0, node.said())


def the_journal_says_who_ordered_what(node):
    said = subprocess.run([node.command, "audit", "journal.db"], cwd=node.folder, timeout=WAIT_S,
                          capture_output=True, text=True).stdout
    check("1 order of officers:" in said and "sato: hold, USA: USA asks: 確認中\n" in said, said)
    told = subprocess.run([node.command, "audit", "journal.db", "--json"], cwd=node.folder,
                          timeout=WAIT_S, capture_output=True, text=True).stdout
    check(json.loads(told)["orders"][0]["by"] == "sato", told)
    node.run("replay", "journal.db", "--node", "node.yaml")


CASES = [
    the_command_makes_the_file,
    what_the_page_shows_needs_a_sign_in,
    an_order_is_journalled_with_its_actor,
    other_sites_and_bare_programs_order_nothing,
    wrong_passwords_lock_a_name_that_is_there_or_not,
    guesses_that_come_at_once_wait_in_a_row_that_ends,
    who_is_removed_is_signed_out,
    away_from_this_machine_it_speaks_tls_or_nothing,
    the_journal_says_who_ordered_what,
]


if __name__ == "__main__":
    sys.exit(run_cases(Node, CASES))
