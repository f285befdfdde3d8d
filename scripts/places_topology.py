"""Polygons as shared arcs, so that neighbours stay neighbours when lines are thinned.

Coordinates are integers of 1e-4 degree, longitude first. Every ring's edges are counted for their
area; an edge that one area uses twice lies inside it and vanishes, which dissolves provinces into
countries. What is left is cut into arcs where the areas on its two sides change.
"""
import collections
import math

UNITS = 10000
WORLD = 360 * UNITS
KM_PER_UNIT = 111.195 / UNITS
EDGE_OF_WORLD = 1799000  # the source is clipped at 179.9 degrees; what lies there is moved to 180

Arc = collections.namedtuple("Arc", "points areas seam")


def quantise(lon, lat):
    x, y = round(lon * UNITS), round(lat * UNITS)
    if abs(x) >= EDGE_OF_WORLD - 1:
        x = WORLD // 2 if x > 0 else -WORLD // 2
    if y <= -899000 + 1:
        y = -900000
    return x, y


def is_seam(a, b):
    return (abs(a[0]) == WORLD // 2 and a[0] == b[0]) or (a[1] == -900000 and b[1] == -900000)


def edge_areas(shapes):
    """The areas on the sides of every edge; edges inside one area are gone."""
    edges = {}
    for number, rings in enumerate(shapes):
        for ring in rings:
            points = [quantise(*p) for p in ring]
            for a, b in zip(points, points[1:]):
                if a != b:
                    key = (a, b) if a < b else (b, a)
                    edges[key] = edges.get(key, frozenset()) ^ {number}
    return {edge: areas for edge, areas in edges.items() if areas}


def build(shapes):
    edges = edge_areas(shapes)
    label = {edge: (areas, is_seam(*edge)) for edge, areas in edges.items()}
    around = collections.defaultdict(list)
    for a, b in edges:
        around[a].append(b)
        around[b].append(a)

    def of(a, b):
        return label[(a, b) if a < b else (b, a)]

    def is_junction(p):
        ends = around[p]
        return len(ends) != 2 or of(p, ends[0]) != of(p, ends[1])

    used, arcs = set(), []

    def trace(start, following):
        points = [start, following]
        used.add((min(points), max(points)))
        while not is_junction(points[-1]) and points[-1] != start:
            here = points[-1]
            onward = [q for q in around[here] if q != points[-2]][0]
            used.add((min(here, onward), max(here, onward)))
            points.append(onward)
        areas, seam = of(points[0], points[1])
        arcs.append(Arc(points, areas, seam))

    starts = sorted(p for p in around if is_junction(p)) + sorted(around)
    for p in starts:
        for q in sorted(around[p]):
            if (min(p, q), max(p, q)) not in used:
                trace(p, q)
    return arcs


def is_loop(arc):
    return arc.points[0] == arc.points[-1]


def loop_area_km2(points):
    total = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:]))
    middle = (min(p[1] for p in points) + max(p[1] for p in points)) / 2 / UNITS
    return abs(total) / 2 * KM_PER_UNIT**2 * math.cos(math.radians(middle))


def crosses(points, x, y):
    """Whether a ray from (x, y) towards the east crosses this line an odd number of times."""
    odd = False
    for (ax, ay), (bx, by) in zip(points, points[1:]):
        if (ay <= y) != (by <= y):
            cross = (bx - ax) * (y - ay) - (x - ax) * (by - ay)
            if (cross > 0) == (by > ay):
                odd = not odd
    return odd


def box(points):
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs), min(ys), max(xs), max(ys)


def inhabited_loops(arcs, places):
    """The first points of the islands on which somebody lives."""
    cells = collections.defaultdict(list)
    for lon, lat in places:
        cells[(math.floor(lon), math.floor(lat))].append((round(lon * UNITS), round(lat * UNITS)))
    found = set()
    for arc in arcs:
        if not is_loop(arc) or len(arc.areas) != 1:
            continue
        x0, y0, x1, y1 = box(arc.points)
        if x1 - x0 > 3 * UNITS:
            found.add(min(arc.points))
            continue
        for cx in range(x0 // UNITS, x1 // UNITS + 1):
            for cy in range(y0 // UNITS, y1 // UNITS + 1):
                if any(crosses(arc.points, x, y) for x, y in cells[(cx, cy)]):
                    found.add(min(arc.points))
    return found


def thin(points, tolerance_km):
    """Douglas and Peucker (1973), in a plane that is true to scale at the line's own latitude."""
    if len(points) < 3:
        return points
    middle = (points[0][1] + points[len(points) // 2][1]) / 2 / UNITS
    scale = math.cos(math.radians(middle))
    flat = [(x * KM_PER_UNIT * scale, y * KM_PER_UNIT) for x, y in points]
    keep, stack = {0, len(points) - 1}, []
    if points[0] == points[-1]:
        far = max(range(len(flat)), key=lambda i: math.dist(flat[0], flat[i]))
        keep.add(far)
        stack = [(0, far), (far, len(points) - 1)]
    else:
        stack = [(0, len(points) - 1)]
    while stack:
        first, last = stack.pop()
        (ax, ay), (bx, by) = flat[first], flat[last]
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        worst, at = tolerance_km, None
        for i in range(first + 1, last):
            px, py = flat[i][0] - ax, flat[i][1] - ay
            t = max(0.0, min(1.0, (px * dx + py * dy) / length2)) if length2 else 0.0
            d = math.hypot(px - t * dx, py - t * dy)
            if d > worst:
                worst, at = d, i
        if at is not None:
            keep.add(at)
            stack += [(first, at), (at, last)]
    return [points[i] for i in sorted(keep)]


def area_sizes_km2(arcs, count):
    """A rough size of every area: that of its bounding box, but at most what its loops enclose."""
    boxes = {}
    for arc in arcs:
        x0, y0, x1, y1 = box(arc.points)
        for a in arc.areas:
            b = boxes.get(a, (x0, y0, x1, y1))
            boxes[a] = (min(b[0], x0), min(b[1], y0), max(b[2], x1), max(b[3], y1))
    sizes = [0.0] * count
    for a, (x0, y0, x1, y1) in boxes.items():
        scale = math.cos(math.radians((y0 + y1) / 2 / UNITS))
        sizes[a] = (x1 - x0) * (y1 - y0) * KM_PER_UNIT**2 * max(scale, 0.01)
    return sizes


def simplify(arcs, tolerances_km, inhabited):
    """Thins every arc to the finer tolerance of its two sides, and never so far that a small area
    or island collapses. Drops loops too small to see at that tolerance, unless inhabited or the
    only piece of their area."""
    sizes = area_sizes_km2(arcs, len(tolerances_km))
    largest = {}
    for i, arc in enumerate(arcs):
        size = loop_area_km2(arc.points) if is_loop(arc) else 1e9
        for a in arc.areas:
            largest[a] = max(largest.get(a, (0.0, 0)), (size, i))
    kept = []
    for i, arc in enumerate(arcs):
        tolerance = min(tolerances_km[a] for a in arc.areas)
        if is_loop(arc):
            size = loop_area_km2(arc.points)
            only = any(largest[a][1] == i for a in arc.areas)
            if size < (3 * tolerance) ** 2 and not only and min(arc.points) not in inhabited:
                if len(arc.areas) == 1:
                    continue
            tolerance = min(tolerance, 0.1 * math.sqrt(size))
        tolerance = min([tolerance] + [0.04 * math.sqrt(sizes[a]) for a in arc.areas])
        points = thin(arc.points, tolerance)
        if is_loop(arc) and len(points) < 4:
            points = thin(arc.points, 0.0)
        kept.append(Arc(points, arc.areas, arc.seam))
    return kept


class Index:
    """Which area is at a point, and how far the coast is."""

    def __init__(self, arcs):
        self.by_area = collections.defaultdict(list)
        self.boxes = {}
        self.coast = collections.defaultdict(list)
        for arc in arcs:
            x0, y0, x1, y1 = box(arc.points)
            for a in arc.areas:
                self.by_area[a].append(arc.points)
                b = self.boxes.get(a, (x0, y0, x1, y1))
                self.boxes[a] = (min(b[0], x0), min(b[1], y0), max(b[2], x1), max(b[3], y1))
            if len(arc.areas) == 1 and not arc.seam:
                for a, b in zip(arc.points, arc.points[1:]):
                    self.coast[(a[0] // UNITS, a[1] // UNITS)].append((a, b))
                    if b[0] // UNITS != a[0] // UNITS or b[1] // UNITS != a[1] // UNITS:
                        self.coast[(b[0] // UNITS, b[1] // UNITS)].append((a, b))

    def contains(self, area, x, y):
        x0, y0, x1, y1 = self.boxes[area]
        if not (x0 <= x <= x1 and y0 <= y <= y1):
            return False
        return sum(crosses(points, x, y) for points in self.by_area[area]) % 2 == 1

    def find(self, x, y):
        for a in sorted(self.boxes):
            if self.contains(a, x, y):
                return a
        return None

    def edges_distance_km(self, edges, x, y):
        scale = math.cos(math.radians(y / UNITS))
        best = math.inf
        for (ax, ay), (bx, by) in edges:
            dx, dy = (bx - ax) * scale, by - ay
            px, py = (x - ax) * scale, y - ay
            length2 = dx * dx + dy * dy
            t = max(0.0, min(1.0, (px * dx + py * dy) / length2)) if length2 else 0.0
            best = min(best, math.hypot(px - t * dx, py - t * dy))
        return best * KM_PER_UNIT

    def coast_km(self, x, y):
        """Distance to the nearest coast, exact below about 50 km, otherwise a large number."""
        cx, cy = x // UNITS, y // UNITS
        edges = [e for i in (-1, 0, 1) for j in (-1, 0, 1) for e in self.coast[(cx + i, cy + j)]]
        return self.edges_distance_km(edges, x, y)

    def area_km(self, area, x, y):
        if self.contains(area, x, y):
            return 0.0
        edges = [e for points in self.by_area[area] for e in zip(points, points[1:])]
        return self.edges_distance_km(edges, x, y)
