"""A coalition for the campaigns: three nodes over a NATS server in a temporary folder, on free
ports, fed by simulated sensors; and what the journals say afterwards. Everything that was started
is stopped, however the campaign ends."""

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIP_STATUS = 77


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


coalition = load(HERE.parents[1] / "scripts" / "coalition.py")
reader = load(HERE / "coalition_reader.py")
feed = load(HERE / "feed.py")
NATIONS = coalition.NATIONS


class Coalition:
    """Three nodes and USA's server. `via` maps a nation to the port at which it reaches the server,
    for a proxy between them."""

    def __init__(self, watchfire, folder):
        os.environ["PATH"] += os.pathsep + "/usr/sbin"  # where Debian has nats-server
        self.watchfire, self.folder = Path(watchfire).resolve(), Path(folder)
        first_free = coalition.free_port
        coalition.free_port = lambda kind, wanted=None: first_free(kind)  # no fixed console
        self.ports = coalition.make(self.watchfire, self.folder, coalition.SCENARIO,
                                    coalition.HUB)
        for nation in NATIONS:
            (self.folder / nation / "sensors.ndjson").write_text("".join(
                json.dumps(feed.declaration(radar)) + "\n" for radar in feed.RADARS[nation]))
        self.nodes, self.others, self.ends = {}, [], []
        self.programs = {}  # of nations that have another

    def file(self, nation):
        return self.folder / nation / "node.yaml"

    def journal(self, nation):
        return self.folder / nation / "journal.db"

    def go_by(self, nation, port):
        """The nation reaches the server at this port instead."""
        text = self.file(nation).read_text()
        own = f"server: 127.0.0.1:{self.ports['server', 'USA']}"
        assert own in text
        self.file(nation).write_text(text.replace(own, f"server: 127.0.0.1:{port}"))

    def spawn(self, name, *words):
        log = (self.folder / f"{name}.log").open("ab")
        with log:
            child = subprocess.Popen(
                [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=coalition.end_with_parent)
        self.others.append(child)
        return child

    def start_servers(self):
        for (what, owner), port in self.ports.items():
            if what == "server":
                self.spawn(f"nats-{owner}", "nats-server", "-c",
                           self.folder / f"server-{owner}" / "nats-server.conf")
                until(lambda port=port: coalition.takes_connections(port), "the NATS server")

    def start_node(self, nation):
        program = self.programs.get(nation, self.watchfire)
        self.nodes[nation] = self.spawn(nation, program, "node", self.file(nation))

    def start(self, are_up=True):
        self.start_servers()
        for nation in NATIONS:
            self.start_node(nation)
        for nation in NATIONS:
            until(lambda nation=nation: self.status(nation), f"{nation}'s node", self)
        if are_up:
            until(lambda: all(p["up"] for s in self.statuses() for p in s["partners"]),
                  "all links up", self)

    def start_sensors(self, objects=12, looks=1.0, clutter=0):
        return self.spawn("sensors", sys.executable, HERE / "feed.py", objects, looks, clutter,
                          *[f"{nation}={self.ports['sensors', nation]}" for nation in NATIONS])

    def kill_node(self, nation):
        """As if the machine had lost its power, but for the disk. False if it had ended already."""
        node = self.nodes[nation]
        was_alive = node.poll() is None
        node.kill()
        node.wait()
        self.others.remove(node)
        return was_alive

    def status(self, nation):
        done = subprocess.run([self.watchfire, "status", self.file(nation), "--json"],
                              capture_output=True, text=True)
        return json.loads(done.stdout) if done.stdout else None  # 1 if its journal has failed

    def statuses(self):
        found = [self.status(nation) for nation in NATIONS]
        return found if all(found) else [{"partners": [{"up": False, "unacknowledged": 1,
                                                        "missing": 1, "sequence": 0}]}]

    def drain(self, seconds=60.0):
        """Waits until nothing is unacknowledged or missing anywhere."""
        until(lambda: all(p["up"] and p["unacknowledged"] == 0 and p["missing"] == 0
                          for s in self.statuses() for p in s["partners"]),
              "all acknowledged", self, seconds)

    def check_alive(self):
        for nation, node in self.nodes.items():
            if node.poll() is not None:
                log = (self.folder / f"{nation}.log").read_text(errors="replace")
                raise AssertionError(f"{nation}'s node ended by itself with exit status "
                                     f"{node.returncode}: {log[-600:]}")

    def stop(self):
        """Stops the nodes as their operator does; a list of what did not end well."""
        bad = []
        for nation, node in self.nodes.items():
            if node.poll() is None:
                node.terminate()
        for nation, node in self.nodes.items():
            try:
                if node.wait(20) not in (0, 130):
                    bad.append(f"{nation}'s node ended with exit status {node.returncode}")
            except subprocess.TimeoutExpired:
                bad.append(f"{nation}'s node did not stop")
        return bad

    def end(self):
        for child in self.others:
            if child.poll() is None:
                child.kill()
            child.wait()
        for end in self.ends:
            end()

    def judge(self, one_program=True):
        """What is wrong, in words; how many were acknowledged; how many were received. The nodes
        are stopped. Only the program that wrote a journal must reproduce it."""
        nodes = {nation: reader.Node(nation, self.journal(nation)) for nation in NATIONS}
        faults, acknowledged, records = reader.check(nodes)
        for nation in NATIONS:
            replay = [("replay", "--node", self.file(nation))] if one_program else []
            for command, *more in (("audit",), *replay):
                done = subprocess.run(
                    [self.watchfire, command, self.journal(nation), *more, "--json"],
                    capture_output=True, text=True)
                if done.returncode != 0:
                    faults.append(f"{command}: {nation}: exit status {done.returncode}: "
                                  f"{(done.stderr or done.stdout)[:600]}")
        return faults, acknowledged, records


def until(look, what, alive=None, seconds=30.0):
    """The first true value of look()."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if alive is not None:
            alive.check_alive()
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.05)


def memory_folder():
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def stop_on_signals():
    def interrupt(*_):
        raise KeyboardInterrupt
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


@contextlib.contextmanager
def running(watchfire, on_disk=False, prepare=None):
    """A coalition that runs and is fed from `start_sensors` on; its folder is kept on failure if
    WATCHFIRE_KEEP is set."""
    stop_on_signals()
    with contextlib.ExitStack() as stack:
        name = tempfile.mkdtemp(prefix="watchfire-campaign-",
                                dir=None if on_disk else memory_folder())
        if not os.environ.get("WATCHFIRE_KEEP"):
            stack.callback(shutil.rmtree, name, ignore_errors=True)
        else:
            print(f"# kept in {name}", flush=True)
        made = Coalition(watchfire, Path(name) / "coalition")
        stack.callback(made.end)
        if prepare is not None:
            prepare(made)
        made.start()
        yield made


def report(cases):
    """TAP of (what, whether it holds, more)."""
    for number, (what, good, more) in enumerate(cases, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {what}{': ' + str(more) if more else ''}")
    print(f"1..{len(cases)}", flush=True)
    return 0 if all(good for _, good, _ in cases) else 1


def need_tools():
    """Skips, visibly, where there is no NATS server."""
    path = os.environ["PATH"] + os.pathsep + "/usr/sbin"
    for program in ("nats-server", "openssl"):
        if not shutil.which(program, path=path):
            print(f"1..0 # SKIP {program} is not installed")
            sys.exit(SKIP_STATUS)
