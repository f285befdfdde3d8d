"""The areas of the gazetteer: provinces near the theatre, whole countries elsewhere."""
import sqlite3
import struct

from places_topology import UNITS

# How far a line may move when thinned, km, by Natural Earth's country code. Countries named here
# keep their provinces, unless they are in WHOLE.
FINE_KM = {
    "JPN": 0.3, "KOR": 0.3, "PRK": 0.3, "TWN": 0.5, "GUM": 0.0, "MNP": 0.0, "HKG": 0.5,
    "MAC": 0.2, "PHL": 1.2, "USA": 5.0, "RUS": 7.0, "CHN": 4.0, "UMI": 0.2,
    "PLW": 0.3, "FSM": 0.3, "MHL": 0.3, "PGA": 0.2, "MNG": 5.0, "VNM": 3.0,
    "CAN": 15.0, "GRL": 20.0, "ATA": 20.0,
}
WHOLE = {"HKG", "MAC", "PLW", "FSM", "MHL", "PGA", "MNG", "VNM", "CAN",
         "GRL", "ATA"}
REST_OF_WORLD_KM = 8.0
FINE_PROVINCE_KM = {
    ("USA", "Hawaii"): 0.5, ("USA", "Alaska"): 2.0,
    ("RUS", "Primor'ye"): 0.8, ("RUS", "Khabarovsk"): 1.5, ("RUS", "Sakhalin"): 0.8,
    ("RUS", "Kamchatka"): 1.5, ("RUS", "Maga Buryatdan"): 2.0, ("RUS", "Amur"): 2.0,
    ("RUS", "Yevrey"): 1.5, ("RUS", "Chukchi Autonomous Okrug"): 3.0,
    ("CHN", "Liaoning"): 0.8, ("CHN", "Jilin"): 0.8, ("CHN", "Heilongjiang"): 1.5,
    ("CHN", "Hebei"): 1.5, ("CHN", "Tianjin"): 1.0, ("CHN", "Beijing"): 1.5,
    ("CHN", "Shandong"): 1.0, ("CHN", "Jiangsu"): 1.0, ("CHN", "Shanghai"): 0.8,
    ("CHN", "Zhejiang"): 1.0, ("CHN", "Fujian"): 1.0, ("CHN", "Guangdong"): 1.5,
    ("CHN", "Guangxi"): 2.0, ("CHN", "Hainan"): 1.5, ("CHN", "Paracel Islands"): 0.2,
}
# Where the source's name is garbled.
NAME_FIX = {"Maga Buryatdan": "Magadan", "Moskovsskaya": "Moskovskaya", "Primor'ye": "Primorye"}
# Natural Earth's own codes that are not of ISO 3166-1; X.. are of its user-assigned range.
ISO = {
    "ALD": "ALA", "PSX": "PSE", "SAH": "ESH", "SDS": "SSD", "KOS": "XKX", "SOL": "SOM",
    "CYN": "CYP", "KAB": "KAZ", "USG": "CUB", "ESB": "GBR", "WSB": "GBR", "CLP": "FRA",
    "ATC": "AUS", "PGA": "XSP", "KAS": "XJK", "NSV": "SJM", "BVT": "BVT", "CXR": "CXR",
    "CCK": "CCK", "GLP": "GLP", "MTQ": "MTQ", "REU": "REU", "GUF": "GUF", "MYT": "MYT",
}
OWN_CODE_PARTS = {"NSV", "BVT", "CXR", "CCK", "GLP", "MTQ", "REU", "GUF", "MYT"}
SOVEREIGN = {"US1": "USA", "CH1": "CHN", "GB1": "GBR", "FR1": "FRA", "NL1": "NLD", "AU1": "AUS",
             "DN1": "DNK", "FI1": "FIN", "NZ1": "NZL"}
NAMES = {"TKL": "Tokelau", "BES": "Caribbean Netherlands", "XSP": "Spratly Islands",
         "XJK": "Siachen Glacier", "HKG": "Hong Kong", "MAC": "Macau", "GBR": "United Kingdom",
         "FRA": "France", "SJM": "Svalbard and Jan Mayen", "GLP": "Guadeloupe", "REU": "Réunion",
         "MTQ": "Martinique", "GUF": "French Guiana", "MYT": "Mayotte", "BVT": "Bouvet Island",
         "CXR": "Christmas Island", "CCK": "Cocos Islands", "AUS": "Australia", "SOM": "Somalia",
         "CYP": "Cyprus", "KAZ": "Kazakhstan", "CUB": "Cuba", "PSE": "Palestine",
         "USA": "United States", "KOR": "South Korea", "PRK": "North Korea",
         "NLD": "Netherlands", "NOR": "Norway", "NZL": "New Zealand", "SRB": "Serbia"}


class Area:
    def __init__(self, name, country, nation, country_name, is_part, tolerance_km):
        self.name, self.country, self.nation = name, country, nation
        self.country_name, self.is_part = country_name, is_part
        self.tolerance_km = tolerance_km
        self.lat = self.lon = None


def polygons(blob):
    """The rings of a GeoPackage geometry (OGC 12-128, 2.1.3), as lists of (lon, lat)."""
    envelope = (0, 32, 48, 48, 64)[(blob[3] >> 1) & 7]

    def geometry(at):
        order = "<" if blob[at] else ">"
        kind, count = struct.unpack_from(order + "II", blob, at + 1)
        at += 9
        rings = []
        for _ in range(count):
            if kind == 6:
                inner, at = geometry(at)
                rings += inner
            else:
                size = struct.unpack_from(order + "I", blob, at)[0]
                flat = struct.unpack_from(f"{order}{2 * size}d", blob, at + 4)
                at += 4 + 16 * size
                rings.append(list(zip(flat[::2], flat[1::2])))
        return rings, at

    return geometry(8 + envelope)[0]


def country_code(source, unit, iso2):
    if unit in OWN_CODE_PARTS:
        return ISO[unit]
    if source == "NZL" and iso2 == "TK":
        return "TKL"
    return ISO.get(source, source)


def describe(row):
    """The key that rows of one area share, and the area."""
    name, source, unit, sovereign, iso2, admin, long_name = row
    code = country_code(source, unit, iso2)
    if admin == "Caribbean Netherlands":
        code = "BES"
    sovereign = SOVEREIGN.get(sovereign, sovereign)
    nation = ISO.get(sovereign, sovereign)
    if source == "PSX":
        nation = "PSE"
    country_name = NAMES.get(code, admin)
    keeps_parts = source in FINE_KM and source not in WHOLE
    if not keeps_parts or (name is None) or name == country_name:
        tolerance = FINE_KM.get(source, REST_OF_WORLD_KM)
        return code, Area(country_name, code, nation, country_name, False, tolerance)
    tolerance = FINE_PROVINCE_KM.get((source, name), FINE_KM[source])
    shown = NAME_FIX.get(name, name)
    if source == "PHL" and name in ("Cebu", "Cotabato", "Iloilo") and long_name.endswith("City"):
        shown += " City"
    return (code, shown), Area(shown, code, nation, country_name, True, tolerance)


def read(path):
    """Areas in order of country and name, and each one's rings."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        rows = db.execute("select name, adm0_a3, gu_a3, sov_a3, iso_a2, admin, gn_name, geom "
                          "from states_provinces order by fid").fetchall()
    found, rings = {}, {}
    for row in rows:
        key, area = describe(row[:7])
        found.setdefault(key, area)
        rings.setdefault(key, []).extend(polygons(row[7]))
    keys = sorted(found, key=lambda k: (found[k].country, found[k].is_part, found[k].name))
    return [found[k] for k in keys], [rings[k] for k in keys]


def countries(areas):
    return sorted({(a.country, a.nation, a.country_name) for a in areas})


def represent(areas, arcs, index):
    """Gives every area a point well inside its largest piece: of a grid's points inside the area
    the one farthest from its edges."""
    for number, area in enumerate(areas):
        lines = index.by_area[number]
        main = max(lines, key=lambda p: (max(q[1] for q in p) - min(q[1] for q in p)) *
                   (1 + max(q[0] for q in p) - min(q[0] for q in p)))
        edges = [e for points in lines for e in zip(points, points[1:])]
        edges = edges[:: 1 + len(edges) // 400]
        boxes = [(min(p[0] for p in main), min(p[1] for p in main),
                  max(p[0] for p in main), max(p[1] for p in main)), index.boxes[number]]
        best = (-1.0, 0, 0)
        for x0, y0, x1, y1 in boxes:
            steps = 16
            for i in range(1, 2 * steps, 2):
                for j in range(1, 2 * steps, 2):
                    x = x0 + (x1 - x0) * i // (2 * steps)
                    y = y0 + (y1 - y0) * j // (2 * steps)
                    if index.contains(number, x, y):
                        best = max(best, (index.edges_distance_km(edges, x, y), x, y))
        if best[0] < 0:
            best = (0.0, *main[0])
            print(f"no inner point: {area.name}, {area.country}")
        area.lon, area.lat = best[1] / UNITS, best[2] / UNITS
