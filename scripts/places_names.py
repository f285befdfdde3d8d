#!/usr/bin/env python3
"""Writes data/places/names.txt: what the areas of the gazetteer are called in Japanese and Korean.

    places_names.py CLDR_COMMON_DIR DATA_PLACES_DIR

CLDR_COMMON_DIR  the Unicode Common Locale Data Repository's folder `common`, as Debian's package
                 unicode-cldr-core carries it: /usr/share/unicode/cldr/common.

An area of provinces.txt is found in CLDR by its English name among the subdivisions of its country
(without accents, and without words such as "Prefecture"); ALIASES has those that are written in
another way. A whole country is found by its code. What is not found, or has no name in a language,
stays empty, and the English name stands in. Needs only Python 3; the same inputs give the same
bytes."""
import os
import re
import sys
import unicodedata
import xml.etree.ElementTree

LANGUAGES = ("ja", "ko")
# ISO 3166-1, alpha-3 to alpha-2, of the territories that are kept in provinces.
PARTED = {"CHN": "CN", "JPN": "JP", "KOR": "KR", "PHL": "PH", "PRK": "KP", "RUS": "RU",
          "TWN": "TW", "USA": "US"}
KIND = re.compile(r"\b(prefecture|province|city|oblast|krai|republic|autonomous|okrug|county|"
                  r"municipality|metropolitan|special|self-governing|self governing|of|the|"
                  r"region)\b")
# ISO 3166-2 of areas whose English names differ. The Korean ones by the words of their names, the
# North Korean ones by McCune-Reischauer, the Russian ones by the short form of Natural Earth.
ALIASES = {
    ("KOR", "Gangwon"): "kr42", ("KOR", "Gyeonggi"): "kr41", ("KOR", "Jeju"): "kr49",
    ("KOR", "North Chungcheong"): "kr43", ("KOR", "South Chungcheong"): "kr44",
    ("KOR", "North Jeolla"): "kr45", ("KOR", "South Jeolla"): "kr46",
    ("KOR", "North Gyeongsang"): "kr47", ("KOR", "South Gyeongsang"): "kr48",
    ("KOR", "Sejong"): "kr50", ("PRK", "P'yŏngyang"): "kp01",
    ("PRK", "P'yŏngan-namdo"): "kp02", ("PRK", "P'yŏngan-bukto"): "kp03",
    ("PRK", "Chagang-do"): "kp04", ("PRK", "Hwanghae-namdo"): "kp05",
    ("PRK", "Hwanghae-bukto"): "kp06", ("PRK", "Kangwŏn-do"): "kp07",
    ("PRK", "Hamgyŏng-namdo"): "kp08", ("PRK", "Hamgyŏng-bukto"): "kp09",
    ("PRK", "Ryanggang"): "kp10", ("PRK", "Rasŏn"): "kp13",
    ("RUS", "Primorye"): "rupri", ("RUS", "Khabarovsk"): "rukha", ("RUS", "Kamchatka"): "rukam",
    ("RUS", "Sakhalin"): "rusak", ("RUS", "Amur"): "ruamu", ("RUS", "Magadan"): "rumag",
    ("RUS", "Yevrey"): "ruyev", ("RUS", "Sakha (Yakutia)"): "rusa",
    ("USA", "District of Columbia"): "usdc",
}
# A note in brackets tells two provinces of one name apart; the country beside it does that here.
NOTE = re.compile(r"\s*[(（][^)）]*[)）]\s*$")


def names_of(common, kind, tag, language):
    """code -> name; alternative forms left out."""
    path = os.path.join(common, kind, language + ".xml")
    found = {}
    for e in xml.etree.ElementTree.parse(path).getroot().iter(tag):
        if "alt" not in e.attrib and e.text:
            found[e.get("type")] = NOTE.sub("", e.text.strip())
    return found


def plain(name):
    text = unicodedata.normalize("NFD", name.lower())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return re.sub(r"[^a-z]", "", KIND.sub(" ", text))


def alpha_2(common):
    """ISO 3166-1 alpha-3 -> alpha-2."""
    path = os.path.join(common, "supplemental", "supplementalData.xml")
    return {e.get("alpha3"): e.get("type")
            for e in xml.etree.ElementTree.parse(path).getroot().iter("territoryCodes")
            if e.get("alpha3")}


def subdivision(country, name, english):
    alias = ALIASES.get((country, name))
    if alias:
        assert alias in english, alias
        return alias
    prefix = PARTED.get(country, "?").lower()
    same = sorted(code for code, other in english.items()
                  if code.startswith(prefix) and plain(other) == plain(name))
    return same[0] if len(same) == 1 else None


def main(common, folder):
    territories = {n: names_of(common, "main", "territory", n) for n in LANGUAGES}
    parts = {n: names_of(common, "subdivisions", "subdivision", n) for n in ("en",) + LANGUAGES}
    two = alpha_2(common)
    lines, missing = [], []
    with open(os.path.join(folder, "provinces.txt"), encoding="utf-8") as f:
        for line in f:
            country, kind, _, _, name = line.rstrip("\n").split("\t")
            code = two.get(country) if kind == "w" else subdivision(country, name, parts["en"])
            source = territories if kind == "w" else parts
            iso = code or ""
            if kind == "p" and code:
                iso = (code[:2] + "-" + code[2:]).upper()
            texts = [source[n].get(code, "") if code else "" for n in LANGUAGES]
            texts += [territories[n].get(two.get(country), "") for n in LANGUAGES]
            missing += [f"{name}, {country}"] if "" in texts[:2] else []
            lines.append("\t".join([iso] + texts))
    with open(os.path.join(folder, "names.txt"), "w", encoding="utf-8", newline="\n") as out:
        out.write("".join(line + "\n" for line in lines))
    print(f"{len(lines)} areas, {len(lines) - len(missing)} with both names")
    print("without: " + "; ".join(missing))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
