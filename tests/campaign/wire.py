#!/usr/bin/env python3
"""The network between namespaces: carries IP packets from one to the other, late, and not all.

  wire.py SPACE=ADDRESS...

Makes a device `up0` in each network namespace, prints `ready`, and carries packets until its
standard input ends. That says what the network is like from now on, a line each:

  cut ADDRESS             drops without a word what goes there and what comes from there
  heal ADDRESS
  weather DELAY_MS LOSS   each packet takes DELAY_MS to twice that, and is lost with probability
                          LOSS; packets of one path stay in order
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
TUN_WITHOUT_HEADER = 0x0001 | 0x1000
PACKET_BYTES_MAX = 65536


def device(space):
    """A new device in a network namespace; what is read from it was sent from there."""
    with open(f"/run/netns/{space}", encoding="ascii") as there:
        if ctypes.CDLL(None, use_errno=True).setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter the network namespace {space}")
    made = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(made, TUNSETIFF, struct.pack("16sH22x", b"up0", TUN_WITHOUT_HEADER))
    return made


class Wire:
    def __init__(self, devices):
        self.devices = devices  # by address, as four bytes
        self.cut = set()
        self.delay_s, self.loss = 0.0, 0.0
        self.late, self.number = [], 0  # heap of (when, number, address, packet)
        self.newest = {}  # when the last packet of a path arrives
        self.draw = random.Random(1)

    def order(self, line):
        words = line.split()
        if words[0] == "weather":
            self.delay_s, self.loss = float(words[1]) / 1e3, float(words[2])
        elif words[0] == "cut":
            self.cut.add(socket.inet_aton(words[1]))
        else:
            self.cut.discard(socket.inet_aton(words[1]))

    def take(self, packet):
        """One that was sent: when it arrives, if it does."""
        path = packet[12:20]  # where from and where to, of IP version 4
        if packet[0] >> 4 != 4 or path[4:] not in self.devices or \
                path[:4] in self.cut or path[4:] in self.cut or self.draw.random() < self.loss:
            return
        when = time.monotonic() + self.delay_s * self.draw.uniform(1.0, 2.0)
        self.newest[path] = max(when, self.newest.get(path, 0.0))
        self.number += 1
        heapq.heappush(self.late, (self.newest[path], self.number, path[4:], packet))

    def deliver(self):
        """What has arrived by now; how long until the next, in s (None = nothing is on its way)."""
        while self.late and self.late[0][0] <= time.monotonic():
            _, _, to, packet = heapq.heappop(self.late)
            if to not in self.cut and packet[12:16] not in self.cut:
                try:
                    os.write(self.devices[to], packet)
                except OSError:
                    pass  # the device is not up, or its queue is full: lost
        return max(0.0, self.late[0][0] - time.monotonic()) if self.late else None

    def read(self, made):
        try:
            while True:
                self.take(os.read(made, PACKET_BYTES_MAX))
        except OSError:
            pass  # nothing more, or the device is not up


def main(arguments):
    pairs = [word.split("=") for word in arguments]
    wire = Wire({socket.inet_aton(address): device(space) for space, address in pairs})
    inputs = [*wire.devices.values(), 0]
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select(inputs, [], [], wire.deliver())
        for made in ready:
            if made != 0:
                wire.read(made)
                continue
            text = os.read(0, 4096).decode()
            if not text:
                return 0
            for line in text.splitlines():
                wire.order(line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
