"""A coalition in which each node and the server have a network namespace of their own. What joins
them can delay and lose packets, and drop all that go to and from a nation. Everything is removed at
the end."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import exchange

PREFIX = f"wf{os.getpid() % 100000}"
ADDRESS = "10.231.0.1{}"
PLACES = ("hub", *exchange.NATIONS)


def ip(*words, space=None):
    command = ["ip", *(["-n", f"{PREFIX}{space}"] if space else []), *words]
    subprocess.run(command, check=True, capture_output=True)


def inside(space, *words):
    return ["ip", "netns", "exec", f"{PREFIX}{space}", *words]


def need_permission():
    """Skips, visibly, where no namespace can be made."""
    name = f"{PREFIX}probe"
    if not shutil.which("ip") or subprocess.run(
            ["ip", "netns", "add", name], capture_output=True).returncode != 0:
        print("1..0 # SKIP network namespaces need root and the package iproute2")
        sys.exit(exchange.SKIP_STATUS)
    subprocess.run(["ip", "netns", "del", name], check=True)


class Net:
    """The namespaces and the process that carries packets between them (wire.py)."""

    def __init__(self):
        self.wire = None
        addresses = {place: ADDRESS.format(number) for number, place in enumerate(PLACES)}
        for place in PLACES:
            ip("netns", "add", f"{PREFIX}{place}")
        self.wire = subprocess.Popen(
            [sys.executable, exchange.HERE / "wire.py",
             *[f"{PREFIX}{place}={address}" for place, address in addresses.items()]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=exchange.coalition.end_with_parent)
        if self.wire.stdout.readline() != "ready\n":
            raise OSError("no devices between the network namespaces")
        for place, address in addresses.items():
            ip("addr", "add", f"{address}/24", "dev", "up0", space=place)
            for device in ("lo", "up0"):
                ip("link", "set", device, "up", space=place)
        self.server = addresses["hub"]

    def order(self, *words):
        print(*words, file=self.wire.stdin, flush=True)

    def cut(self, nation):
        self.order("cut", ADDRESS.format(PLACES.index(nation)))

    def heal(self, nation):
        self.order("heal", ADDRESS.format(PLACES.index(nation)))

    def weather(self, delay_ms, loss):
        self.order("weather", delay_ms, loss)

    def remove(self):
        if self.wire:
            self.wire.kill()
            self.wire.wait()
        for place in PLACES:
            subprocess.run(["ip", "netns", "del", f"{PREFIX}{place}"], capture_output=True)


class Apart(exchange.Coalition):
    """A coalition whose members are in the namespaces of a net."""

    def __init__(self, watchfire, folder, net):
        super().__init__(watchfire, folder)
        self.net = net
        port = self.ports["server", "USA"]
        place = self.folder / "server-USA"
        for name in ("server.pem", "server.key"):
            (place / name).unlink()
        exchange.coalition.make_certificate(place, "server", place / "authority", "server",
                                            net.server)
        self.replace(place / "nats-server.conf", f"127.0.0.1:{port}", f"{net.server}:{port}")
        for nation in exchange.NATIONS:
            self.replace(self.file(nation), f"server: 127.0.0.1:{port}",
                         f"server: {net.server}:{port}")
        self.feeds = []

    @staticmethod
    def replace(path, old, new):
        text = path.read_text()
        assert old in text, (path, old)
        path.write_text(text.replace(old, new))

    def start_servers(self):
        self.spawn("nats-USA", *inside("hub", "nats-server", "-c",
                                       self.folder / "server-USA" / "nats-server.conf"))
        time.sleep(0.5)

    def start_node(self, nation):
        self.nodes[nation] = self.spawn(
            nation, *inside(nation, self.watchfire, "node", self.file(nation)))

    def status(self, nation):
        done = subprocess.run(inside(nation, self.watchfire, "status", self.file(nation), "--json"),
                              capture_output=True, text=True)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def start_sensors(self, objects=12, looks=1.0, clutter=0):
        begin = time.time() + 1
        self.feeds = [
            self.spawn(f"sensors-{nation}", *inside(
                nation, sys.executable, exchange.HERE / "feed.py", objects, looks, clutter, begin,
                f"{nation}={self.ports['sensors', nation]}"))
            for nation in exchange.NATIONS]

    def stop_sensors(self):
        for feed in self.feeds:
            feed.kill()


@contextlib.contextmanager
def running(watchfire):
    exchange.stop_on_signals()
    with contextlib.ExitStack() as stack:
        name = tempfile.mkdtemp(prefix="watchfire-campaign-", dir=exchange.memory_folder())
        stack.callback(shutil.rmtree, name, ignore_errors=True)
        net = Net.__new__(Net)
        stack.callback(net.remove)
        net.__init__()
        made = Apart(watchfire, Path(name) / "coalition", net)
        stack.callback(made.end)
        made.start()
        yield made, net
