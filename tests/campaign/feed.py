#!/usr/bin/env python3
"""Feeds radar observations of objects that rise through space to nodes, from the first second on: a
campaign has no minute to wait for a missile to rise above a far radar's horizon.

  feed.py OBJECTS LOOKS_A_SECOND CLUTTER_A_LOOK [BEGIN] NATION=PORT...

Each nation has two radars (exchange.py writes their declarations from RADARS), and each of them
looks so often in a second at each object. Motion is that of a point under gravity with the term of
the Earth's flattening, which is enough for a flight; before any comes down, all begin anew. Clutter
are plots of nothing, anywhere in the volume. BEGIN, seconds since 1970, is when the objects are
where they begin: now, if it is left out. Ends when it is told to.
"""

import datetime
import json
import math
import random
import socket
import sys
import time

A, F = 6378137.0, 1 / 298.257223563  # WGS 84
E2 = F * (2 - F)
MU, J2, OMEGA = 3.986004418e14, 1.082629821e-3, 7.292115e-5
FLIGHT_S = 540.0
SIGMA_M, SIGMA_DEG = 30.0, 0.0573
RADARS = {  # nation: (id, latitude, longitude)
    "KOR": (("K1", 37.0, 127.5), ("K2", 37.6, 129.0)),
    "JPN": (("J1", 38.1, 138.3), ("J2", 36.0, 134.0)),
    "USA": (("U1", 39.3, 134.5), ("U2", 35.5, 130.5)),
}


def declaration(radar):
    name, lat, lon = radar
    return {"type": "sensor", "id": name, "kind": "radar", "lat_deg": lat, "lon_deg": lon,
            "alt_m": 100, "sigma_range_m": SIGMA_M, "sigma_az_deg": SIGMA_DEG,
            "sigma_el_deg": SIGMA_DEG}


def axes(lat, lon):
    """East, north, up."""
    a, o = math.radians(lat), math.radians(lon)
    return ((-math.sin(o), math.cos(o), 0.0),
            (-math.sin(a) * math.cos(o), -math.sin(a) * math.sin(o), math.cos(a)),
            (math.cos(a) * math.cos(o), math.cos(a) * math.sin(o), math.sin(a)))


def place(lat, lon, height):
    a, o = math.radians(lat), math.radians(lon)
    n = A / math.sqrt(1 - E2 * math.sin(a) ** 2)
    return ((n + height) * math.cos(a) * math.cos(o), (n + height) * math.cos(a) * math.sin(o),
            (n * (1 - E2) + height) * math.sin(a))


def dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def pull(s):
    """Of a state in the Earth's frame, which turns: its change."""
    x, y, z, u, v, w = s
    r2 = x * x + y * y + z * z
    k = -MU / (r2 * math.sqrt(r2))
    flat = 1.5 * J2 * A * A / r2
    q = 5 * z * z / r2
    return (u, v, w,
            k * x * (1 + flat * (1 - q)) + OMEGA * (2 * v + OMEGA * x),
            k * y * (1 + flat * (1 - q)) + OMEGA * (-2 * u + OMEGA * y),
            k * z * (1 + flat * (3 - q)))


def move(s, dt):
    """One step of Runge and Kutta's."""
    def along(k, h):
        return tuple(a + h * b for a, b in zip(s, k))
    k1 = pull(s)
    k2 = pull(along(k1, dt / 2))
    k3 = pull(along(k2, dt / 2))
    k4 = pull(along(k3, dt))
    return tuple(a + dt / 6 * (b + 2 * c + 2 * d + e) for a, b, c, d, e in zip(s, k1, k2, k3, k4))


def risen(number, count):
    """The n-th object: at some height, on its way up and east, well apart from the others."""
    lat, lon = 36.0 + 4.0 * number / max(count, 1), 129.0 + 3.0 * (number * 0.618 % 1.0)
    height = 120e3 + 200e3 * (number * 0.381 % 1.0)
    east, north, up = axes(lat, lon)
    speed = (900.0 + 13.0 * number, 300.0 - 9.0 * number, 2800.0 + 17.0 * number)
    return place(lat, lon, height) + tuple(
        speed[0] * east[i] + speed[1] * north[i] + speed[2] * up[i] for i in range(3))


class Radar:
    def __init__(self, radar):
        self.name, lat, lon = radar
        self.at, self.axes = place(lat, lon, 100), axes(lat, lon)

    def plot(self, when, state, draw):
        d = tuple(state[i] - self.at[i] for i in range(3))
        e, n, u = (dot(d, axis) for axis in self.axes)
        return self.line(when, math.sqrt(dot(d, d)) + draw.gauss(0, SIGMA_M),
                         math.degrees(math.atan2(e, n)) + draw.gauss(0, SIGMA_DEG),
                         math.degrees(math.atan2(u, math.hypot(e, n))) + draw.gauss(0, SIGMA_DEG))

    def clutter(self, when, draw):
        return self.line(when, draw.uniform(100e3, 1500e3), draw.uniform(0, 360),
                         draw.uniform(2, 80))

    def line(self, when, distance, azimuth, elevation):
        return (f'{{"type":"radar","sensor":"{self.name}","time":"{when}",'
                f'"range_m":{distance:.3f},"az_deg":{azimuth % 360.0:.6f},'
                f'"el_deg":{elevation:.6f}}}\n')


def send(out, port, lines):
    """As many lines in a datagram as fit."""
    part, size = [], 0
    for line in [*lines, None]:
        if line is None or size + len(line) > 55000:
            if part:
                try:
                    out.sendto("".join(part).encode(), ("127.0.0.1", port))
                except OSError:
                    pass  # nobody listens: lost, as a real sensor's would be
            part, size = [], 0
        if line is not None:
            part.append(line)
            size += len(line)


def main(arguments):
    ports = dict(word.split("=") for word in arguments if "=" in word)
    numbers = [float(word) for word in arguments if "=" not in word]
    count, rate, clutter = int(numbers[0]), numbers[1], int(numbers[2])
    draw = random.Random(1)
    states = [risen(number, count) for number in range(count)]
    radars = [(nation, Radar(radar)) for nation in ports for radar in RADARS[nation]]
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    step = 1.0 / (rate * len(radars))  # radars look in turn
    begin, looks = numbers[3] if len(numbers) > 3 else time.time(), 0
    while True:
        looks += 1
        at = begin + looks * step
        if int((at - begin) / FLIGHT_S) != int((at - begin - step) / FLIGHT_S):
            states = [risen(number, count) for number in range(count)]
        time.sleep(max(0.0, at - time.time()))
        states = [move(state, step) for state in states]
        when = datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime(
            "%Y-%m-%dT%H:%M:%S.%fZ")
        nation, radar = radars[looks % len(radars)]
        lines = [radar.plot(when, state, draw) for state in states]
        lines += [radar.clutter(when, draw) for _ in range(clutter)]
        send(out, int(ports[nation]), lines)


if __name__ == "__main__":
    assert json.dumps(declaration(RADARS["KOR"][0]))
    sys.exit(main(sys.argv[1:]))
