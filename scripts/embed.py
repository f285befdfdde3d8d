#!/usr/bin/env python3
"""Writes the files of the page into one C file, which gives src/console/asset.h its table.

    embed.py OUTPUT.c FILE...

index.html is served as "/", every other file under its own name. Each is compressed with gzip, as
it then goes over the wire. Same input, same output.
"""
import gzip
import os
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
PER_LINE = 24


def array_of(number, data):
    lines = [f"static const unsigned char DATA_{number}[] = {{"]
    for at in range(0, len(data), PER_LINE):
        lines.append("    " + ",".join(str(b) for b in data[at:at + PER_LINE]) + ",")
    lines.append("};")
    return lines


def main(out_path, paths):
    lines = ['#include "console/asset.h"', ""]
    rows = []
    for number, path in enumerate(paths):
        with open(path, "rb") as source:
            data = source.read()
        if not data:
            sys.exit(f"embed.py: {path}: empty")
        name = os.path.basename(path)
        url = "/" if name == "index.html" else "/" + name
        lines += array_of(number, gzip.compress(data, 9, mtime=0)) + [""]
        rows.append(f'    {{"{url}", "{TYPES[os.path.splitext(name)[1]]}", '
                    f"DATA_{number}, sizeof DATA_{number}}},")
    lines += ["const struct asset ASSETS[ASSET_COUNT] = {"] + rows + ["};"]
    with open(out_path, "w", encoding="ascii", newline="\n") as out:
        out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
