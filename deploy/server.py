#!/usr/bin/env python3
"""Writes the configuration of a NATS server from the list of nations that it joins.

  deploy/server.py --owner USA --domain exercise --listen 0.0.0.0:4222 --tls FOLDER \\
      [--log FILE] KOR=UA... JPN=UB... USA=UC... [--only KOR:USA --only JPN:USA] >nats-server.conf

Each NATION=NKEY is a nation (three capital letters) and the public NKey of its node. All of
them are joined pairwise, or only the pairs that --only names. FOLDER holds server.pem, server.key
and ca.pem (deploy/certificates.sh). Exit status 0: written; 2: wrong use.
"""

import argparse
import binascii
import itertools
import re
import sys
from base64 import b32decode
from pathlib import Path

TEMPLATE = Path(__file__).with_name("nats-server.conf.in")
LANES = ("live", "repair")
# One in use and five attempts: a node that comes back tries more than once before the server has
# noticed that it was gone.
CONNECTIONS_A_LANE = 6


def refuse(why):
    print(f"server.py: {why}", file=sys.stderr)
    raise SystemExit(2)


def is_nkey(text):
    """A user's public NKey: base 32 of 20 << 3, 32 bytes and a CRC-16, low byte first."""
    if not re.fullmatch(r"U[A-Z2-7]{55}", text):
        return False
    raw = b32decode(text)
    return raw[0] == 20 << 3 and binascii.crc_hqx(raw[:-2], 0) == int.from_bytes(raw[-2:], "little")


def read_nations(words):
    nations = {}
    for word in words:
        match = re.fullmatch(r"([A-Z]{3})=(.*)", word)
        if not match:
            refuse(f"'{word}': expected NATION=NKEY, as KOR=UA...")
        nation, nkey = match.groups()
        if not is_nkey(nkey):
            refuse(f"{nation}: '{nkey}' is no public NKey of a user (56 characters from U on)")
        if nation in nations or nkey in nations.values():
            refuse(f"{nation}: a nation, or an NKey, is named twice")
        nations[nation] = nkey
    if len(nations) < 2:
        refuse("at least two nations")
    return nations


def read_pairs(only, nations):
    """All pairs, or those named."""
    if not only:
        return set(itertools.combinations(nations, 2))
    pairs = set()
    for word in only:
        match = re.fullmatch(r"([A-Z]{3}):([A-Z]{3})", word)
        if not match or match[1] == match[2] or not {match[1], match[2]} <= set(nations):
            refuse(f"--only {word}: expected two of the nations, as KOR:USA")
        pairs.add(match.groups())
    return pairs


def partners(nation, pairs):
    return sorted({a if b == nation else b for a, b in pairs if nation in (a, b)})


def account(nation, nkey, pairs, domain):
    """One nation's account: what it may say and hear, and with whom it is joined."""
    others = partners(nation, pairs)
    say = [f"wf.{domain}.{nation}.{other}.{lane}" for other in others for lane in LANES]
    hear = [f"wf.{domain}.{other}.{nation}.{lane}" for other in others for lane in LANES]
    lines = [
        f"{nation} {{",
        "    users: [",
        "        {",
        f'            nkey: "{nkey}"',
        '            allowed_connection_types: ["STANDARD"]',
        "            permissions {",
    ]
    for word, subjects in (("publish", say), ("subscribe", hear)):
        lines.append(f"                {word} {{ allow: [")
        lines += [f'                    "{subject}"' for subject in subjects]
        lines.append("                ] }")
    lines += ["            }", "        }", "    ]", "    exports: ["]
    for other in others:
        subject = f"wf.{domain}.{nation}.{other}.>"
        lines.append(f'        {{ stream: "{subject}", accounts: ["{other}"] }}')
    lines += ["    ]", "    imports: ["]
    for other in others:
        subject = f"wf.{domain}.{other}.{nation}.>"
        lines.append(f'        {{ stream: {{ account: "{other}", subject: "{subject}" }} }}')
    return [*lines, "    ]", "}"]


def fill(options, nations, pairs):
    blocks = [account(nation, nkey, pairs, options.domain) for nation, nkey in nations.items()]
    connections = len(pairs) * 2 * len(LANES) * CONNECTIONS_A_LANE
    values = {
        "OWNER": options.owner,
        "DOMAIN": options.domain,
        "LISTEN": options.listen,
        "CERTIFICATE": f"{options.tls}/server.pem",
        "PRIVATE_KEY": f"{options.tls}/server.key",
        "AUTHORITY": f"{options.tls}/ca.pem",
        "ACCOUNTS": "\n".join("    " + line for block in blocks for line in block),
        "CONNECTIONS": str(connections),
        "LOG": f'log_file: "{options.log}"' if options.log else "# no log_file: it goes to stderr",
    }
    return re.sub("@([A-Z_]+)@", lambda match: values[match[1]], TEMPLATE.read_text())


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--owner", required=True, help="the nation that runs the server")
    parser.add_argument("--domain", required=True, choices=("live", "exercise", "test"))
    parser.add_argument("--listen", required=True, help="HOST:PORT for the nations' nodes")
    parser.add_argument("--tls", required=True, help="folder of server.pem, server.key, ca.pem")
    parser.add_argument("--log", help="file for the server's log (otherwise stderr)")
    parser.add_argument("--only", action="append", metavar="A:B", help="join this pair, not all")
    parser.add_argument("nations", nargs="+", metavar="NATION=NKEY")
    options = parser.parse_args()
    for text in (options.listen, options.tls, options.log or ""):
        if re.search(r'["\\\n]', text):
            refuse(f"'{text}': no quotes, backslashes or line ends")
    if not re.fullmatch(r"[A-Z]{3}", options.owner):
        refuse(f"--owner {options.owner}: expected three capital letters")
    if not re.fullmatch(r"[A-Za-z0-9.-]+:\d{1,5}", options.listen):
        refuse(f"--listen {options.listen}: expected HOST:PORT")
    nations = read_nations(options.nations)
    print(fill(options, nations, read_pairs(options.only, nations)), end="")


if __name__ == "__main__":
    main()
