"""The map of the first page as TopoJSON; make_places.py describes the file."""
import collections
import json
import math

import places_topology as topology
from places_topology import UNITS

STEP = 100  # units of 1e-4 degree in one unit of the map: 0.01 degree, about 1 km
WITH_PROVINCES = {"JPN", "KOR", "PRK"}
REGION = (105 * UNITS, 15 * UNITS, 180 * UNITS, 60 * UNITS)
NEAR_KM = {"JPN": 1.2, "KOR": 1.2, "PRK": 1.2, "TWN": 2.0, "GUM": 0.5, "MNP": 0.3}
REGION_KM = 5.0
BEYOND_KM = 50.0
CITY_LIMITS = {"JPN": 150000, "KOR": 200000, "PRK": 100000, "TWN": 300000, "USA": 500000,
               "CHN": 2000000, "RUS": 400000, "GUM": 0, "MNP": 30000, "PHL": 1000000}


def in_region(points):
    x0, y0, x1, y1 = topology.box(points)
    return x1 > REGION[0] and x0 < REGION[2] and y1 > REGION[1] and y0 < REGION[3]


def groups(areas):
    """What the map shows as one shape: a province, or a whole country."""
    keys = [(a.country, a.name if a.country in WITH_PROVINCES else "") for a in areas]
    order = sorted(set(keys))
    return [order.index(k) for k in keys], order


def thin_arcs(arcs, shown, inhabited):
    kept = []
    for arc in arcs:
        codes = [shown[a][0] for a in arc.areas]
        tolerance = min(NEAR_KM.get(c, REGION_KM) for c in codes)
        if not in_region(arc.points) and not any(c in NEAR_KM for c in codes):
            tolerance = BEYOND_KM
        if topology.is_loop(arc):
            size = topology.loop_area_km2(arc.points)
            least = (2 * tolerance) ** 2
            if min(arc.points) in inhabited:
                least /= 8
            if size < least and not any(c in NEAR_KM for c in codes):
                continue
            tolerance = min(tolerance, 0.25 * math.sqrt(size))
        points = topology.thin(arc.points, tolerance)
        steps = [(round(x / STEP), round(y / STEP)) for x, y in points]
        steps = steps[:1] + [b for a, b in zip(steps, steps[1:]) if a != b]
        if len(steps) > 1 and not (steps[0] == steps[-1] and len(steps) < 4):
            kept.append(topology.Arc(steps, arc.areas, arc.seam))
    return kept


def is_shut(arc):
    return arc.points[0] == arc.points[-1]


def rings_of(arcs, numbers):
    """Joins the arcs of one shape into rings of signed arc numbers."""
    ends = collections.defaultdict(list)
    for n in numbers:
        ends[arcs[n].points[0]].append(n)
        ends[arcs[n].points[-1]].append(~n)
    left, rings = set(numbers), []
    for n in numbers:
        if n not in left:
            continue
        ring, start, at = [n], arcs[n].points[0], arcs[n].points[-1]
        left.discard(n)
        while at != start:
            options = [m for m in ends[at] if (m if m >= 0 else ~m) in left]
            if not options:
                ring = []
                break
            m = options[0]
            k = m if m >= 0 else ~m
            left.discard(k)
            ring.append(m)
            at = arcs[k].points[-1] if m >= 0 else arcs[k].points[0]
        if ring:
            rings.append(ring)
    return rings


def ring_points(arcs, ring):
    points = []
    for m in ring:
        line = arcs[m].points if m >= 0 else arcs[~m].points[::-1]
        points += line[1:] if points else line
    return points


def signed_area(points):
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:])) / 2


def reverse(ring):
    return [~m for m in reversed(ring)]


def polygons_of(arcs, numbers):
    """Outer rings, largest first, each with the holes that lie in it."""
    measured = []
    for ring in rings_of(arcs, numbers):
        points = ring_points(arcs, ring)
        size = signed_area(points)
        if size:
            measured.append((abs(size), size, ring, points))
    measured.sort(key=lambda r: (-r[0], r[2]))
    outers, result = [], []
    for _, size, ring, points in measured:
        sample = points[:-1][:: max(1, len(points) // 4)]
        around = [k for k, outer in enumerate(outers)
                  if all(topology.crosses(outer, *p) for p in sample)]
        if around:
            result[around[-1]].append(ring if size > 0 else reverse(ring))
        else:
            outers.append(points)
            result.append([ring if size < 0 else reverse(ring)])
    return result


def kind_of(arc, shown):
    if arc.seam:
        return "3"
    if len(arc.areas) == 1:
        return "0"
    return "1" if len({shown[a][0] for a in arc.areas}) > 1 else "2"


def city_rows(areas, cities):
    rows = []
    for c in cities:
        limit = CITY_LIMITS.get(areas[c.area].country, 5000000)
        if c.capital and areas[c.area].country in CITY_LIMITS or c.population >= limit:
            size = 3 if c.population > 1000000 else 2 if c.population > 200000 else 1
            rows.append([c.name, round(c.lat * 100), round(c.lon * 100), 4 if c.capital else size])
    return rows


def encode(areas, shapes, cities, inhabited):
    group_of, shown = groups(areas)
    merged = [[] for _ in shown]
    nation, name = {}, {}
    for number, area in enumerate(areas):
        g = group_of[number]
        merged[g] += shapes[number]
        nation[g] = area.nation
        name[g] = area.name if shown[g][1] else area.country_name
    arcs = thin_arcs(topology.build(merged), shown, inhabited)
    by_group = collections.defaultdict(list)
    for n, arc in enumerate(arcs):
        for g in arc.areas:
            by_group[g].append(n)
    geometries = []
    for g in range(len(shown)):
        polygons = polygons_of(arcs, by_group[g])
        if polygons:
            properties = {"n": name[g], "c": nation[g]}
            if shown[g][1]:
                properties["p"] = 1
            geometries.append({"type": "MultiPolygon", "arcs": polygons, "properties": properties})
    lines = [[list(arc.points[0])] + [[b[0] - a[0], b[1] - a[1]]
             for a, b in zip(arc.points, arc.points[1:])] for arc in arcs]
    return json.dumps({
        "type": "Topology",
        "source": "Natural Earth (public domain); GeoNames (CC BY 4.0)",
        "transform": {"scale": [STEP / UNITS, STEP / UNITS], "translate": [0, 0]},
        "objects": {"land": {"type": "GeometryCollection", "geometries": geometries}},
        "kinds": "".join(kind_of(arc, shown) for arc in arcs),
        "cities": city_rows(areas, cities),
        "arcs": lines,
    }, ensure_ascii=False, separators=(",", ":")) + "\n"
