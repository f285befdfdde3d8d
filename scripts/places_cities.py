"""The cities of the gazetteer: all large ones, and towns where a small one matters."""
import collections
import math

from places_topology import UNITS, crosses, is_loop, loop_area_km2

# Parts of cities, and places that are gone.
NOT_A_CITY = {"PPLX", "PPLQ", "PPLH", "PPLW", "PPLCH", "PPLG", "PPLR", "STLMT"}
COAST_KM = 25.0
LARGE = 500000
# Least population, inland and on the coast; by country, then by province.
NEAR = {
    "JPN": (50000, 5000), "KOR": (50000, 10000), "PRK": (30000, 5000), "TWN": (50000, 50000),
    "GUM": (900, 900), "MNP": (900, 900), "HKG": (500000, 500000), "MAC": (100000, 100000),
    "PHL": (200000, 100000), "PLW": (900, 900), "FSM": (3000, 3000), "MHL": (3000, 3000),
}
NEAR_PROVINCE = {
    ("USA", "Hawaii"): (30000, 10000), ("USA", "Alaska"): (20000, 2000),
    ("RUS", "Primorye"): (50000, 10000), ("RUS", "Khabarovsk"): (50000, 10000),
    ("RUS", "Sakhalin"): (20000, 1500), ("RUS", "Kamchatka"): (20000, 2000),
    ("RUS", "Magadan"): (20000, 3000), ("RUS", "Amur"): (50000, 50000),
    ("RUS", "Yevrey"): (50000, 50000), ("RUS", "Chukchi Autonomous Okrug"): (5000, 2000),
    ("CHN", "Liaoning"): (100000, 50000), ("CHN", "Jilin"): (100000, 50000),
    ("CHN", "Heilongjiang"): (100000, 50000), ("CHN", "Hebei"): (200000, 50000),
    ("CHN", "Tianjin"): (200000, 50000), ("CHN", "Beijing"): (200000, 50000),
    ("CHN", "Shandong"): (200000, 50000), ("CHN", "Jiangsu"): (200000, 50000),
    ("CHN", "Shanghai"): (200000, 50000), ("CHN", "Zhejiang"): (200000, 50000),
    ("CHN", "Fujian"): (200000, 50000), ("CHN", "Guangdong"): (500000, 100000),
    ("CHN", "Guangxi"): (500000, 100000), ("CHN", "Hainan"): (200000, 50000),
}
# Seats of municipalities count here even where the source has no population.
SEATS = {"JPN", "PRK"}
# Countries whose small islands count.
ISLANDS = {"JPN", "KOR", "TWN", "GUM", "MNP"}

# South Korean names that the source spells in an older way, in the official one of 2000; where two
# towns share such a name, by its rounded latitude.
SPELLING = {
    "Chinch'ŏn": "Jincheon", "Chinju": "Jinju", "Eisen 36": "Yeongcheon", "Eisen 37": "Yeongju",
    "Hongch’ŏn": "Hongcheon", "Hwawŏn": "Hwawon", "Kimhae": "Gimhae", "Kimje": "Gimje",
    "Koch'ang": "Gochang", "Kosong": "Goseong", "Kwangmyŏng": "Gwangmyeong", "Naesŏ": "Naeseo",
    "Nangen": "Namwon", "Puan": "Buan", "Santyoku": "Samcheok", "Taesal-li": "Daesan",
    "Tangjin": "Dangjin", "Tonghae": "Donghae", "Wŏnju": "Wonju", "Yangp'yŏng": "Yangpyeong",
}

Town = collections.namedtuple("Town", "name country code population lat lon")


def spelling(town):
    if town.country != "KR":
        return town.name
    return SPELLING.get(town.name, SPELLING.get(f"{town.name} {round(town.lat)}", town.name))


class City:
    def __init__(self, town, area, coastal):
        self.name, self.population = spelling(town), town.population
        self.lat, self.lon = town.lat, town.lon
        self.area, self.coastal = area, coastal
        self.capital = town.code == "PPLC"


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def zigzag(value):
    return (value >> 1) ^ -(value & 1)


def read(path):
    """Every town of the Protocol Buffers file; positions are differences to the town before."""
    with open(path, "rb") as f:
        data = f.read()
    towns, at, lat, lon = [], 0, 0, 0
    while at < len(data):
        size, at = varint(data, at)
        end, fields = at + size, {}
        while at < end:
            tag, at = varint(data, at)
            if tag & 7 == 2:
                length, at = varint(data, at)
                fields[tag >> 3] = data[at:at + length].decode("utf-8")
                at += length
            else:
                fields[tag >> 3], at = varint(data, at)
        lon += zigzag(fields.get(10, 0))
        lat += zigzag(fields.get(11, 0))
        towns.append(Town(fields.get(2, ""), fields.get(3, ""), fields.get(7, ""),
                          fields.get(9, 0), lat / 1e5, lon / 1e5))
    return towns


def small_islands(arcs):
    """The loops of islands on which even a small town is worth a name."""
    return [arc.points for arc in arcs if is_loop(arc) and len(arc.areas) == 1
            and loop_area_km2(arc.points) < 3000]


def is_on(islands, x, y):
    return any(crosses(points, x, y) for points in islands
               if abs(points[0][0] - x) < UNITS and abs(points[0][1] - y) < UNITS)


def distance_km(a, b):
    dlat, dlon = a.lat - b.lat, (a.lon - b.lon + 180) % 360 - 180
    return 111.195 * math.hypot(dlat, dlon * math.cos(math.radians((a.lat + b.lat) / 2)))


class Taken:
    """Cities already chosen, in cells of one degree."""

    def __init__(self):
        self.cells = collections.defaultdict(list)

    def add(self, city):
        self.cells[(math.floor(city.lat), math.floor(city.lon))].append(city)

    def is_crowded(self, town, area, spacing_km):
        y, x = math.floor(town.lat), math.floor(town.lon)
        return any(c.area == area and distance_km(town, c) < spacing_km
                   for i in (-1, 0, 1) for j in (-1, 0, 1) for c in self.cells[(y + i, x + j)])


def area_near(index, areas, x, y):
    """The area at a town, or the nearest one within 30 km (ports stand on thinned coasts)."""
    at = index.find(x, y)
    if at is not None:
        return at
    reach = UNITS
    near = [(index.area_km(a, x, y), a) for a, b in index.boxes.items()
            if b[0] - reach < x < b[2] + reach and b[1] - reach < y < b[3] + reach]
    return min(near)[1] if near and min(near)[0] < 30 else None


def wanted(town, area, coastal, islands):
    inland, coast = NEAR_PROVINCE.get((area.country, area.name),
                                      NEAR.get(area.country, (LARGE, LARGE)))
    if town.code == "PPLC" or town.population >= (coast if coastal else inland):
        return True
    if town.code in ("PPLA", "PPLA2") and area.country in SEATS:
        return True
    return area.country in ISLANDS and town.population >= 1000 and is_on(islands, *place(town))


def place(town):
    return round(town.lon * UNITS), round(town.lat * UNITS)


def spacing_km(town, country, theatre):
    if town.code == "PPLC":
        return 0.0
    if country == "GUM":
        return 6.0
    large = town.population >= (100000 if country in theatre else LARGE)
    return 4.0 if large else 12.0


def choose(towns, areas, arcs, index):
    """Largest first; a town within 12 km of one of its province already taken is left out. Large
    ones (100,000 people near the theatre, half a million elsewhere) need only 4 km."""
    theatre = set(NEAR) | {c for c, _ in NEAR_PROVINCE}
    islands = small_islands(arcs)
    three_letters, chosen, taken = {}, [], Taken()
    order = sorted(towns, key=lambda t: (t.code != "PPLC", -t.population, t.name, t.lat, t.lon))
    for town in order:
        if town.code in NOT_A_CITY or not town.name:
            continue
        known = three_letters.get(town.country)
        if town.population < LARGE and town.code != "PPLC" and known and known not in theatre:
            continue
        at = area_near(index, areas, *place(town))
        if at is None:
            continue
        country = areas[at].country
        three_letters.setdefault(town.country, country)
        coastal = index.coast_km(*place(town)) < COAST_KM
        if not wanted(town, areas[at], coastal, islands):
            continue
        if taken.is_crowded(town, at, spacing_km(town, country, theatre)):
            continue
        chosen.append(City(town, at, coastal))
        taken.add(chosen[-1])
    return sorted(chosen, key=lambda c: (-c.population, c.name, c.lat))
