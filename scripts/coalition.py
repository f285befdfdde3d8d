#!/usr/bin/env python3
"""Runs a coalition on this machine, in an exercise: a node each for KOR, JPN and USA, the NATS
server that carries their sealed frames (USA's; those between KOR and JPN run through it, too, and
nobody there can read them), and simulated sensors that see a launch in real time. Says where the
consoles are and what happens.

With --relay KOR and JPN have a line to USA alone; USA's node passes on what they release, by their
grants, and can alter none of it.

Everything is in one folder, made if it is not there: keys, certificates and journals are kept from
one start to the next, ports and settings are chosen anew. Ctrl-C stops everything.
"""

import argparse
import ctypes
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
POLICIES = ROOT / "data" / "policies"
SCENARIO = ROOT / "data" / "scenarios" / "2022-10-04-irbm-over-japan.yaml"
NATIONS = ("KOR", "JPN", "USA")
PAIRS = (("KOR", "JPN"), ("KOR", "USA"), ("JPN", "USA"))
# Whose server carries which pair.
HUB = {pair: "USA" for pair in PAIRS}
RELAY = {pair: "USA" for pair in PAIRS if "USA" in pair}
MESH = {("KOR", "JPN"): "KOR", ("KOR", "USA"): "USA", ("JPN", "USA"): "JPN"}
FIRST_CONSOLE = 8801
START_S = 30  # for a process to answer
STOP_S = 10  # for a process to end by itself
PR_SET_PDEATHSIG = 1


class Trouble(Exception):
    """What went wrong, in words for whoever started this."""


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


CONTENTS = """An exercise coalition, made by ./run coalition; delete the folder to begin anew.

KOR JPN USA   one nation's node each: node.yaml, its keys, its signed policy, its journal, node.log
*.grant       with --relay: what lets USA pass on, made by the owner, and a copy of it at USA
server-...    a NATS server each: its private authority, certificate, configuration, log
sensors.log   what plays the sensors

The keys are those of an exercise on one machine: passphrases lie beside them.
"""

# Making: every step is skipped whose result is there already.


def run(*words, **options):
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, stdin=subprocess.DEVNULL,
        **options)
    if done.returncode != 0:
        raise Trouble(f"{Path(str(words[0])).name} {words[1]} failed:\n{done.stderr.strip()}")
    return done.stdout


def write_secret(path, text):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def make_keys(watchfire, folder, nation):
    """A nation's keys in this domain; the fingerprint of its root, which its partners pin."""
    keys = folder / "keys"
    for name in ("passphrase", "root-passphrase"):
        if not (folder / name).exists():
            write_secret(folder / name, secrets.token_urlsafe(24) + "\n")
    if not keys.exists():
        run(watchfire, "keys", "new", "--nation", nation, "--domain", "exercise", "--dir", keys,
            "--passphrase", folder / "passphrase", "--root-passphrase", folder / "root-passphrase")
    return json.loads(run(watchfire, "keys", "show", "--dir", keys, "--json"))["root"]


def make_policy(watchfire, folder, nation, source):
    """The nation's policy; two of its officers sign it, since a first one gives something away."""
    policy = folder / "policy.yaml"
    signatures = folder / "policy.yaml.signatures"
    if signatures.exists():
        return
    shutil.copy(source if source.exists() else POLICIES / f"{nation}.yaml", policy)
    for officer in ("first", "second"):
        passphrase = folder / f"{officer}-officer-passphrase"
        key = folder / "keys" / f"officer-{officer}.key"
        if not key.exists():
            passphrase.unlink(missing_ok=True)
            write_secret(passphrase, secrets.token_urlsafe(24) + "\n")
            run(watchfire, "keys", "officer", officer, "--dir", folder / "keys",
                "--root-passphrase", folder / "root-passphrase",
                "--officer-passphrase", passphrase)
        run(watchfire, "release", "sign", policy, "--officer", key, "--passphrase", passphrase)


def make_grant(watchfire, folder, owner, to):
    """What lets USA pass on the owner's records; the owner makes it, and USA gets a copy."""
    name = f"{owner}-to-{to}.grant"
    if not (folder / owner / name).exists():
        run(watchfire, "keys", "grant", folder / owner / name, "--dir", folder / owner / "keys",
            "--via", "USA", "--to", to, "--up-to", "SECRET",
            "--passphrase", folder / owner / "passphrase")
    shutil.copy(folder / owner / name, folder / "USA" / name)
    return name


def make_relay(watchfire, folder, roots):
    """Lines of node.yaml for each nation: KOR and JPN know each other by the lists that they were
    given by hand; USA has both grants."""
    more = {"USA": ["grants:"]}
    for nation, other in (("KOR", "JPN"), ("JPN", "KOR")):
        more["USA"].append(f"  - {make_grant(watchfire, folder, nation, other)}")
        shutil.copy(folder / other / "keys" / "key-list", folder / nation / f"{other}.key-list")
        more[nation] = [f"  - nation: {other}", f"    root: {roots[other]}",
                        f"    key list: {other}.key-list"]
    return more


def make_nkey(watchfire, path):
    return run(watchfire, "nkey", "show" if path.exists() else "new", path).strip()


def make_certificate(folder, name, authority, *kind):
    """A key and its certificate; the request is of no use afterwards."""
    if not (folder / f"{name}.pem").exists():
        request = folder / f"{name}.csr"
        for old in (request, folder / f"{name}.key"):
            old.unlink(missing_ok=True)
        script = DEPLOY / "certificates.sh"
        run(script, "request", folder, name)
        run(script, kind[0], authority, request, *kind[1:])
        request.unlink()


def make_server(folder, owner, members):
    """The authority, the server's certificate, and one for each nation that it joins."""
    place = folder / f"server-{owner}"
    place.mkdir(exist_ok=True)
    if not (place / "authority" / "ca.pem").exists():
        shutil.rmtree(place / "authority", ignore_errors=True)
        run(DEPLOY / "certificates.sh", "authority", place / "authority", owner)
    shutil.copy(place / "authority" / "ca.pem", place / "ca.pem")
    make_certificate(place, "server", place / "authority", "server", "127.0.0.1")
    for nation in members:
        tls = folder / nation / "tls" / owner
        tls.mkdir(parents=True, exist_ok=True)
        shutil.copy(place / "ca.pem", tls / "ca.pem")
        make_certificate(tls, nation, place / "authority", "client")
    return place


# Ports: taken all at once, so that no two are the same, and free until their owner takes them. They
# are below those that the system gives to outgoing connections, which could come in between.


def free_port(kind, wanted=None):
    """A bound socket: at the wanted port if that is free."""
    wishes = [] if wanted is None else [wanted]
    for port in [*wishes, *random.sample(range(10000, 32000), 100)]:
        bound = socket.socket(socket.AF_INET, kind)
        try:
            bound.bind(("127.0.0.1", port))
            return bound
        except OSError:
            bound.close()
    raise Trouble("no free port on 127.0.0.1")


def choose_ports(owners):
    bound = {}
    for owner in owners:
        bound["server", owner] = free_port(socket.SOCK_STREAM)
    for number, nation in enumerate(NATIONS):
        bound["sensors", nation] = free_port(socket.SOCK_DGRAM)
        bound["console", nation] = free_port(socket.SOCK_STREAM, FIRST_CONSOLE + number)
    ports = {name: place.getsockname()[1] for name, place in bound.items()}
    for place in bound.values():
        place.close()
    return ports


# Settings.


def node_yaml(nation, carriers, roots, ports, more):
    lines = [
        f"# {nation}'s node in an exercise on one machine; made by ./run coalition at each start.",
        f"nation: {nation}",
        "domain: exercise",
        "keys: keys",
        "passphrase: passphrase",
        "journal: journal.db",
        "policy: policy.yaml",
        "sensors: sensors.ndjson",
        "listen:",
        f"  - udp 127.0.0.1:{ports['sensors', nation]}",
        f"console: 127.0.0.1:{ports['console', nation]}",
        "partners:",
    ]
    for pair, owner in carriers.items():
        if nation in pair:
            partner = pair[1 - pair.index(nation)]
            lines += [
                f"  - nation: {partner}",
                f"    root: {roots[partner]}",
                f"    server: 127.0.0.1:{ports['server', owner]}",
                f"    certificate authority: tls/{owner}/ca.pem",
                f"    certificate: tls/{owner}/{nation}.pem",
                f"    private key: tls/{owner}/{nation}.key",
                "    nkey: carrier.nk",
            ]
    return "\n".join(lines + more) + "\n"


def server_conf(place, owner, pairs, nkeys, port):
    members = [nation for nation in NATIONS if any(nation in pair for pair in pairs)]
    words = [f"{nation}={nkeys[nation]}" for nation in members]
    only = [word for pair in pairs for word in ("--only", ":".join(pair))]
    (place / "nats-server.conf").write_text(run(
        sys.executable, DEPLOY / "server.py", "--owner", owner, "--domain", "exercise", "--listen",
        f"127.0.0.1:{port}", "--tls", place, "--log", place / "nats-server.log", *only, *words))


def make(watchfire, folder, scenario, carriers):
    """All files of the folder; returns the ports."""
    contents = folder / "README.txt"
    if folder.exists() and any(folder.iterdir()) and not contents.exists():
        raise Trouble(f"{folder} exists and holds something else; name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    contents.write_text(CONTENTS)
    run(watchfire, "exercise", scenario, "--write-sensors", folder)
    owners = sorted(set(carriers.values()))
    is_relay = carriers is RELAY
    roots, nkeys = {}, {}
    for nation in NATIONS:
        place = folder / nation
        place.mkdir(exist_ok=True)
        roots[nation] = make_keys(watchfire, place, nation)
        nkeys[nation] = make_nkey(watchfire, place / "carrier.nk")
        make_policy(watchfire, place, nation,
                    POLICIES / ("relay" if is_relay else "") / f"{nation}.yaml")
        if is_relay != ("onward to" in (folder / "KOR" / "policy.yaml").read_text()):
            raise Trouble(f"{folder} was made {'without' if is_relay else 'with'} --relay: its "
                          "policies say so; name another folder")
    more = make_relay(watchfire, folder, roots) if is_relay else {}
    ports = choose_ports(owners)
    for owner in owners:
        pairs = [pair for pair, carrier in carriers.items() if carrier == owner]
        members = {nation for pair in pairs for nation in pair}
        place = make_server(folder, owner, sorted(members))
        server_conf(place, owner, pairs, nkeys, ports["server", owner])
    for nation in NATIONS:
        (folder / nation / "node.yaml").write_text(node_yaml(
            nation, carriers, roots, ports, more.get(nation, [])))
    return ports


# Processes.


def end_with_parent():
    """In the child: whatever ends this script, however suddenly, ends the child."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    def __init__(self, name, log, *words):
        self.name, self.log = name, log
        with log.open("w") as out:
            self.child = subprocess.Popen(
                [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, preexec_fn=end_with_parent)

    def check(self):
        if self.child.poll() is not None:
            last = "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
            raise Trouble(f"{self.name} ended by itself, exit status {self.child.returncode}; the "
                          f"end of {self.log}:\n{last}")

    def stop(self):
        """Exit status; None if it had to be killed."""
        if self.child.poll() is None:
            self.child.terminate()
        try:
            return self.child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            return None


def stop_all(processes):
    """Sensors first, then nodes, then servers; all that do not end well are named."""
    bad = []
    for process in reversed(processes):
        ended_before = process.child.poll() is not None
        status = process.stop()
        if not ended_before and status not in (0, 1 if "server" in process.name else 0, 130, -15):
            how = "had to be killed" if status is None else f"ended with exit status {status}"
            bad.append(f"{process.name} {how}")
    return bad


def wait_until(processes, what, condition):
    end = time.monotonic() + START_S
    while not condition():
        for process in processes:
            process.check()
        if time.monotonic() > end:
            raise Trouble(f"{what} did not answer within {START_S} s")
        time.sleep(0.05)


def takes_connections(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def picture(port):
    """A console's picture; None if it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/state", timeout=2) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def start(watchfire, folder, ports, processes):
    for (what, owner), port in ports.items():
        if what == "server":
            place = folder / f"server-{owner}"
            processes.append(Process(f"{owner}'s server", place / "nats-server.out", "nats-server",
                                     "-c", place / "nats-server.conf"))
            wait_until(processes, f"{owner}'s server", lambda port=port: takes_connections(port))
    for nation in NATIONS:
        place = folder / nation
        processes.append(Process(f"{nation}'s node", place / "node.log", watchfire, "node",
                                 place / "node.yaml"))
    for nation in NATIONS:
        console = ports["console", nation]
        wait_until(processes, f"{nation}'s console", lambda port=console: picture(port))


# What happens.


def holds_the_launch(nation, state):
    """An event of the common picture to which a partner contributes."""
    return any(
        solution["nation"] != nation and solution["contributes"]
        for event in state["events"] if event.get("track")
        for solution in event["solutions"])


def in_words(state):
    return state if state in ("assessing", "no threat to us") else f"WARNING, {state}"


def news(nation, state, told):
    """Lines for people about what was not told before."""
    for link in state["links"]:
        key = (nation, "link", link["partner"])
        if told.get(key, False) != link["up"]:
            told[key] = link["up"]
            yield f"{nation}: the link with {link['partner']} is {'up' if link['up'] else 'down'}"
    for event in state["events"]:
        key = (nation, "event", event["id"])
        if key not in told:
            told[key] = True
            by = event["noticed_from"]
            yield (f"{nation}: launch {event['name']}, "
                   + ("by its own sensors" if by in (None, nation) else f"told by {by}"))
        who = {s["nation"] + (f", by way of {s['via']}," if s["via"] else "")
               for s in event["solutions"] if s["contributes"]}
        for other in sorted(who - told.setdefault((nation, "sources", event["id"]), set())):
            told[nation, "sources", event["id"]].add(other)
            yield f"{nation}: {event['name']}: {other} contributes to the common picture"
        warning = event.get("warning") or {}
        key = (nation, "warning", event["id"])
        if warning.get("state") and told.get(key) != warning["state"]:
            told[key] = warning["state"]
            yield f"{nation}: {event['name']}: {in_words(warning['state'])}"


def watch(ports, processes, seconds):
    """Tells what happens. True as soon as all nations hold the launch, if seconds are given; False
    after them."""
    told, holding = {}, set()
    end = None if seconds is None else time.monotonic() + seconds
    while end is None or time.monotonic() < end:
        for process in list(processes):
            if process.name == "sensors" and process.child.poll() == 0:
                say("The sensors' play is over; the nodes go on. Ctrl-C stops them.")
                processes.remove(process)
            else:
                process.check()
        for nation in NATIONS:
            state = picture(ports["console", nation])
            if state is None:
                continue
            for line in news(nation, state, told):
                say(line)
            if holds_the_launch(nation, state):
                holding.add(nation)
        if seconds is not None and len(holding) == len(NATIONS):
            return True
        time.sleep(0.5)
    missing = ", ".join(nation for nation in NATIONS if nation not in holding)
    say(f"after {seconds} s no picture with a partner's part of the launch at {missing}")
    return False


def play(options, folder, processes):
    carriers = MESH if options.mesh else RELAY if options.relay else HUB
    watchfire = Path(options.watchfire).resolve()
    ports = make(watchfire, folder, options.scenario, carriers)
    start(watchfire, folder, ports, processes)
    servers = " and ".join(sorted(set(carriers.values())))
    say(f"Three nodes run, joined by the NATS server{'s' if options.mesh else ''} of {servers}; "
        f"files and logs are in {folder}/")
    for nation in NATIONS:
        say(f"  {nation}  http://127.0.0.1:{ports['console', nation]}   "
            f"{options.watchfire} status {folder}/{nation}/node.yaml")
    nodes = [folder / nation / "node.yaml" for nation in NATIONS]
    processes.append(Process("sensors", folder / "sensors.log", watchfire, "exercise",
                             options.scenario, "--sensors-only", *nodes))
    say("The sensors play the launch in real time, 10 s from now. Ctrl-C stops everything.")
    return watch(ports, processes, options.check)


def read_options():
    parser = argparse.ArgumentParser(prog="./run coalition", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?",
                        help="where everything is kept (default: coalition, with --relay "
                        "coalition-relay; with --check a temporary one)")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--mesh", action="store_true",
                       help="a server for each pair, not USA's server for all")
    shape.add_argument("--relay", action="store_true",
                       help="no line between KOR and JPN: USA's node passes on, by their grants")
    parser.add_argument("--scenario", type=Path, default=SCENARIO, metavar="FILE",
                        help="what the sensors see (default: the missile over Japan)")
    parser.add_argument("--check", nargs="?", type=int, const=180, metavar="SECONDS",
                        help="for tests: wait until all three hold the launch with a partner's "
                        "part in it, 180 s at most; exit 0 if they do, 1 if not")
    parser.add_argument("--watchfire", default=str(ROOT / "build" / "watchfire"), metavar="FILE",
                        help=argparse.SUPPRESS)
    return parser.parse_args()


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    options = read_options()
    temporary = None
    os.environ["PATH"] += os.pathsep + "/usr/sbin"  # where Debian has nats-server
    for program in ("nats-server", "openssl", options.watchfire):
        if not shutil.which(program):
            print(f"coalition: {program} is missing; ./run installs and builds it", file=sys.stderr)
            return 2
    if options.folder is None and options.check is not None:
        temporary = tempfile.mkdtemp(prefix="watchfire-coalition-")
    usual = ROOT / ("coalition-relay" if options.relay else "coalition")
    folder = Path(temporary or options.folder or usual).resolve()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a shell's & ignores the first
        signal.signal(number, interrupt)
    processes, status = [], 1
    try:
        status = 0 if play(options, folder, processes) else 1
    except KeyboardInterrupt:
        status = 130 if options.check is not None else 0
    except Trouble as trouble:
        print(f"coalition: {trouble}", file=sys.stderr)
        status = 1 if processes else 2
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # once is enough
        bad = stop_all(processes)
    if processes:
        say("All stopped." if not bad else f"Stopped, but {'; '.join(bad)}.")
    if temporary and status == 0:
        shutil.rmtree(temporary)
    return status if not bad else status or 1


if __name__ == "__main__":
    sys.exit(main())
