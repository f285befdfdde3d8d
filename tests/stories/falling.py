"""What falls without air over the turning, oblate Earth: a truth for tests that owes nothing to the
program's own arithmetic. Earth-fixed axes, metres and seconds; the figures are WGS 84's."""

import math

GM, RADIUS, E2, J2, TURN = 3.986004418e14, 6378137.0, 6.69437999014e-3, 1.08263e-3, 7.292115e-5
GROUND = 6.371e6  # near enough to stop at


def ecef(lat_deg, lon_deg, height):
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    n = RADIUS / math.sqrt(1.0 - E2 * math.sin(lat) ** 2)
    return [(n + height) * math.cos(lat) * math.cos(lon),
            (n + height) * math.cos(lat) * math.sin(lon),
            (n * (1.0 - E2) + height) * math.sin(lat)]


def below(position):
    """Latitude and longitude, degrees, of the ground below it; within a kilometre."""
    x, y, z = position
    return (math.degrees(math.atan2(z, (1.0 - E2) * math.hypot(x, y))),
            math.degrees(math.atan2(y, x)))


def distance(position):
    return math.sqrt(sum(a * a for a in position[:3]))


def fall(state):
    """The derivative of a position and velocity."""
    x, y, z, u, v, w = state
    r = distance(state)
    k = 1.5 * J2 * (RADIUS / r) ** 2
    s = 5.0 * (z / r) ** 2
    g = -GM / r**3
    return [u, v, w,
            g * x * (1.0 + k * (1.0 - s)) + 2.0 * TURN * v + TURN**2 * x,
            g * y * (1.0 + k * (1.0 - s)) - 2.0 * TURN * u + TURN**2 * y,
            g * z * (1.0 + k * (3.0 - s))]


def step(state, dt):
    """By the classical method of Runge and Kutta."""
    def moved(by, k):
        return [a + by * b for a, b in zip(state, k)]
    k1 = fall(state)
    k2 = fall(moved(dt / 2, k1))
    k3 = fall(moved(dt / 2, k2))
    k4 = fall(moved(dt, k3))
    return [a + dt / 6 * (p + 2 * q + 2 * r + s)
            for a, p, q, r, s in zip(state, k1, k2, k3, k4)]


def local(lat_deg, lon_deg):
    """East, north and up there, as directions."""
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    return ([-math.sin(lon), math.cos(lon), 0.0],
            [-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)],
            [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])


def seen_from(start, end):
    """Angle at the Earth's centre and bearing from one place to another, on a sphere; radians."""
    a, b = map(math.radians, start)
    c, d = map(math.radians, end)
    east = math.cos(c) * math.sin(d - b)
    north = math.cos(a) * math.sin(c) - math.sin(a) * math.cos(c) * math.cos(d - b)
    along = math.sin(a) * math.sin(c) + math.cos(a) * math.cos(c) * math.cos(d - b)
    return math.atan2(math.hypot(east, north), along), math.atan2(east, north)


def flight(start, end, apogee, dt=1.0):
    """Its states, dt apart, from 30 km above one place (degrees) up to `apogee` and down upon
    another."""
    east, north, up = local(*start)
    origin = ecef(*start, 30e3)
    arc, bearing = seen_from(start, end)
    rise, speed, course = math.sqrt(2.0 * 9.0 * apogee), 7000.0 * math.sqrt(arc), bearing
    states = []
    for _ in range(25):  # aims until it does
        state = origin + [rise * u + speed * (math.sin(course) * e + math.cos(course) * n)
                          for e, n, u in zip(east, north, up)]
        states = [state]
        while distance(state) > GROUND and len(states) * dt < 5000.0:
            state = step(state, dt)
            states.append(state)
        top = max(map(distance, states)) - GROUND
        reached, where = seen_from(start, below(state[:3]))
        rise *= (apogee / top) ** 0.5
        speed *= (arc / reached) ** 0.5
        course += bearing - where
    return states
