#!/usr/bin/env python3
"""Turns data/places into constant C tables (declared in src/warn/places_table.h).

    places_to_c.py DATA_PLACES_DIR OUT.c

Lines are cut into pieces of at most 16 segments, each with its bounding box; a grid of 4 degrees
says which areas a cell can hold. Needs only Python 3."""
import collections
import math
import os
import sys

SEGMENTS = 16
CELL = 4  # degrees; GRID_CELL in places_table.h
FINER = 10  # the files count 1e-4 degree, the tables 1e-5
LONGEST = 100000  # a segment of more than a degree is cut, so that it is straight in any plane

Piece = collections.namedtuple("Piece", "first count a b west south east north")


def lines(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as f:
        return [line.rstrip("\n") for line in f]


def quote(text):
    """A C string literal; what is not ASCII as octal escapes of its UTF-8 bytes."""
    out = ""
    for byte in text.encode("utf-8"):
        plain = 32 <= byte < 127 and chr(byte) not in '"\\?'
        out += chr(byte) if plain else f"\\{byte:03o}"
    return f'"{out}"'


def fixed(degrees):
    return round(float(degrees) * 100000)


def between(a, b):
    """Points on a long segment, none longer than LONGEST apart."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    parts = 1 + (max(abs(dx), abs(dy)) - 1) // LONGEST
    return [(a[0] + dx * k // parts, a[1] + dy * k // parts) for k in range(1, parts)]


def read_borders(folder, area_count):
    points, pieces = [], []
    for line in lines(folder, "borders.txt"):
        a, b, *numbers = line.split()
        a = int(a) if a != "-" else -1
        b = int(b) if b != "-" else -1
        assert -1 <= a < area_count and -1 <= b < area_count
        start, x, y = len(points), 0, 0
        for dx, dy in zip(numbers[::2], numbers[1::2]):
            last, x, y = (x * FINER, y * FINER), x + int(dx), y + int(dy)
            points += between(last, (x * FINER, y * FINER)) if len(points) > start else []
            points.append((x * FINER, y * FINER))
        for first in range(start, len(points) - 1, SEGMENTS):
            part = points[first:first + SEGMENTS + 1]
            xs, ys = [p[0] for p in part], [p[1] for p in part]
            pieces.append(Piece(first, len(part), a, b,
                                min(xs), min(ys), max(xs), max(ys)))
    return points, pieces


def crossings(points, piece, x, y):
    odd = 0
    part = points[piece.first:piece.first + piece.count]
    for (ax, ay), (bx, by) in zip(part, part[1:]):
        if (ay <= y) != (by <= y):
            cross = (bx - ax) * (y - ay) - (x - ax) * (by - ay)
            odd ^= (cross > 0) == (by > ay)
    return odd


def grid(points, pieces_of, pieces, boxes):
    """For every cell, row by row from the south-west, the areas that have a part in it."""
    size = CELL * 100000
    columns, rows = 360 // CELL, 180 // CELL
    cells = [set() for _ in range(columns * rows)]

    def column(x):
        return max(0, min(columns - 1, (x + 18000000) // size))

    def row(y):
        return max(0, min(rows - 1, (y + 9000000) // size))

    for area, numbers in enumerate(pieces_of):
        for n in numbers:
            p = pieces[n]
            for i in range(column(p.west), column(p.east) + 1):
                for j in range(row(p.south), row(p.north) + 1):
                    cells[j * columns + i].add(area)
        west, south, east, north = boxes[area]
        for i in range(column(west), column(east) + 1):
            for j in range(row(south), row(north) + 1):
                if area not in cells[j * columns + i]:
                    x = i * size - 18000000 + size // 2
                    y = j * size - 9000000 + size // 2
                    if sum(crossings(points, pieces[n], x, y) for n in numbers) % 2:
                        cells[j * columns + i].add(area)
    return [sorted(c) for c in cells]


def table(out, kind, name, rows, per_line):
    out.append(f"const {kind} {name}[] = {{")
    for at in range(0, len(rows), per_line):
        out.append("    " + ", ".join(rows[at:at + per_line]) + ",")
    out.append("};\n")


def unit_vector(lat_deg, lon_deg):
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    parts = (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))
    return [str(round(1e9 * part)) for part in parts]


def main(folder, out_path):
    areas = [line.split("\t") for line in lines(folder, "provinces.txt")]
    nations = {line.split("\t")[0]: line.split("\t")[1] for line in lines(folder, "countries.txt")}
    names = {line.split("\t")[0]: line.split("\t")[2] for line in lines(folder, "countries.txt")}
    points, pieces = read_borders(folder, len(areas))
    pieces_of = [[] for _ in areas]
    for n, piece in enumerate(pieces):
        for area in {piece.a, piece.b} - {-1}:
            pieces_of[area].append(n)
    boxes = [(min(pieces[n].west for n in own), min(pieces[n].south for n in own),
              max(pieces[n].east for n in own), max(pieces[n].north for n in own))
             for own in pieces_of]
    cells = grid(points, pieces_of, pieces, boxes)
    out = ["/* Made by scripts/places_to_c.py from data/places. Natural Earth (public domain);",
           " * GeoNames (CC BY 4.0); Unicode CLDR (Unicode-DFS-2016). */",
           '#include "warn/places_table.h"\n']
    table(out, "struct places_point", "places_points", [f"{{{x}, {y}}}" for x, y in points], 4)
    table(out, "struct places_piece", "places_pieces",
          [f"{{{{{p.west}, {p.south}, {p.east}, {p.north}}}, {p.first}, {p.count}}}"
           for p in pieces], 1)
    firsts = [sum(len(own) for own in pieces_of[:k]) for k in range(len(areas))]
    table(out, "uint16_t", "places_area_pieces", [str(n) for own in pieces_of for n in own], 14)
    rows = []
    called = [line.split("\t") for line in lines(folder, "names.txt")]
    assert len(called) == len(areas)
    for k, (country, kind, lat, lon, name) in enumerate(areas):
        iso, japanese, korean, of_japanese, of_korean = called[k]
        own = ", ".join(quote(text or name) for text in (japanese, korean))
        whole = ", ".join(quote(text or names[country]) for text in (of_japanese, of_korean))
        box = ", ".join(str(v) for v in boxes[k])
        rows.append(f'{{{{{quote(name)}, {own}}}, '
                    f'{{{quote(names[country])}, {whole}}}, '
                    f'{quote(iso)}, {{"{nations[country]}"}}, '
                    f'{{"{country}"}}, {{{fixed(lon)}, {fixed(lat)}}}, {{{box}}}, {firsts[k]}, '
                    f"{len(pieces_of[k])}, {'true' if kind == 'w' else 'false'}}}")
    table(out, "struct places_area", "places_areas", rows, 1)
    starts = [0]
    for cell in cells:
        starts.append(starts[-1] + len(cell))
    table(out, "uint16_t", "places_cell_starts", [str(s) for s in starts], 14)
    table(out, "uint16_t", "places_cell_areas", [str(a) for c in cells for a in c], 14)
    rows = []
    for line in lines(folder, "cities.txt"):
        lat, lon, people, area, coast, capital, name = line.split("\t")
        assert 0 <= int(area) < len(areas)
        vector = ", ".join(unit_vector(float(lat), float(lon)))
        rows.append(f"{{{quote(name)}, {{{fixed(lon)}, {fixed(lat)}}}, {{{vector}}}, {people}, "
                    f"{area}, {'true' if coast == 'c' else 'false'}, "
                    f"{'true' if capital == '*' else 'false'}}}")
    table(out, "struct places_city", "places_cities", rows, 1)
    out.append(f"const int places_piece_count = {len(pieces)};")
    out.append(f"const int places_area_count = {len(areas)};")
    out.append(f"const int places_city_count = {len(rows)};")
    with open(out_path, "w", encoding="ascii", newline="\n") as f:
        f.write("\n".join(out) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
