#!/usr/bin/env python3
"""The rules of the house, as a test. Each finding is one line: file:line: rule: what was expected.

  tests/tidy/tidy.py [--root DIR] [--build DIR] [--tap] [RULE ...]

--build names a release build, whose archives are looked into; without it those rules are skipped.
Exit status 0: in order; 1: findings; 2: wrong use.
"""

import argparse
import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import archives
import c_source

PURE = ("base geo model physics track fuse assess warn share formats engine sim").split()
ESTIMATE = {"base", "geo", "model", "physics"}
CORE = set(PURE) - {"formats", "sim"}
IMPORTS = {
    "base": set(),
    "geo": {"base"},
    "model": {"base", "geo"},
    "physics": {"base", "geo"},
    "track": ESTIMATE,
    "fuse": ESTIMATE,
    "assess": ESTIMATE,
    "warn": {"base", "geo", "model"},
    "formats": {"base", "geo", "model"},
    "share": {"base", "geo", "model"},
    "engine": CORE - {"engine"},
    "sim": CORE,
    "journal": {"base"},
    "link": {"base"},
    "console": {"base", "model", "formats"},
    "node": CORE | {"formats", "journal", "link", "console"},
    "cli": set(PURE) | {"journal", "link", "console", "node"},
}
SINGLE_IMPORTS = {("console", "engine/view.h")}

# What a pure room may include of the system: no header of I/O, clocks, threads or allocation.
PURE_HEADERS = set("assert float inttypes limits math stdarg stdbool stddef stdint string".split())
ROOM_HEADERS = {
    "base": {"sleef"},
    "share": {"sodium", "pb", "pb_common", "pb_decode", "pb_encode"},
    "engine": {"sodium"},
    "formats": {"errno", "expat", "jansson", "stdio", "stdlib"},
}

FUNCTION_LINES = 70
FILE_LINES = 600
COLUMNS = 100

BANNED_ANYWHERE = set("strcpy strcat sprintf vsprintf gets strtok atoi atol atoll atof".split())
ALLOCATION = set("malloc calloc realloc free aligned_alloc alloca strdup strndup".split())
FORMATTING = set("snprintf vsnprintf".split())
BANNED_PURE = set(
    """rand srand random srandom drand48 qsort bsearch time clock gettimeofday clock_gettime
    localtime gmtime mktime strftime getenv setlocale printf fprintf vprintf vfprintf dprintf puts
    fputs putchar fputc scanf sscanf fscanf fopen fclose fread fwrite""".split()
)
LIBM = set(
    """acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1
    fdim fma fmax fmin fmod frexp hypot ilogb ldexp lgamma llrint llround log log10 log1p log2
    logb lrint lround modf nan nearbyint nextafter pow remainder remquo rint round scalbn sin sincos
    sinh tan tanh tgamma trunc""".split()
)

# Debian package of what meson.build looks for.
PACKAGES = {
    "cmocka": "libcmocka-dev",
    "erfa": "liberfa-dev",
    "expat": "libexpat1-dev",
    "jansson": "libjansson-dev",
    "libbsd": "libbsd-dev",
    "libcrypto": "libssl-dev",
    "libcurl": "libcurl4-openssl-dev",
    "libmicrohttpd": "libmicrohttpd-dev",
    "libnats": "libnats-dev",
    "libsodium": "libsodium-dev",
    "libuv": "libuv1-dev",
    "microhttpd": "libmicrohttpd-dev",
    "nanopb": "libnanopb-dev",
    "node": "nodejs",
    "npm": "npm",
    "nanopb_generator": "nanopb",
    "nanopb_generator.py": "nanopb",
    "proj": "libproj-dev",
    "protobuf-nanopb": "libnanopb-dev",
    "protoc": "nanopb",
    "protoc-gen-nanopb": "nanopb",
    "python3": "python3",
    "sleef": "libsleef-dev",
    "sodium": "libsodium-dev",
    "sqlite3": "libsqlite3-dev",
    "yaml": "libyaml-dev",
    "yaml-0.1": "libyaml-dev",
}
FROM_C_LIBRARY = {"m", "dl", "pthread", "rt", "threads"}

# Put together here, so that this file does not contain what it looks for.
MACHINE_NAMES = re.compile(
    "|".join(
        [r"(?<![\w./-])/" + place + "/" for place in ("wo" + "rk", "ro" + "ot", "ho" + r"me/\w+")]
        + [
            re.escape(".".join(host))
            for host in (
                ("registry", "npmjs", "org"), ("registry", "yarnpkg", "com"), ("pypi", "org"),
                ("files", "pythonhosted", "org"), ("crates", "io"), ("proxy", "golang", "org"),
                ("deb", "debian", "org"), ("snapshot", "debian", "org"),
                ("deb", "nodesource", "com"), ("packages", "cloud", "google", "com"),
            )
        ]
    )
)  # fmt: skip

SKIPPED_FOLDERS = re.compile(r"^(?:\.git|build|build-.*|node_modules|__pycache__)$")
CODE_SUFFIXES = set(".c .h .py .sh .js .mjs .ts .css .html .proto .build".split())


class Skip(Exception):
    """The rule cannot be checked here, and why."""


class Tree:
    def __init__(self, root, build=None):
        self.root = Path(root)
        self.build = Path(build) if build else None
        self.texts = {}
        self._walk(self.root)

    def _walk(self, folder):
        for path in sorted(folder.iterdir()):
            if path.is_symlink() or SKIPPED_FOLDERS.match(path.name):
                continue
            if path.is_dir():
                self._walk(path)
            elif path.stat().st_size < 4_000_000:
                try:
                    self.texts[path.relative_to(self.root)] = path.read_text("utf-8")
                except UnicodeDecodeError:
                    pass  # data, not text

    def c_files(self, *tops):
        """(path, text, text without comments and literals) of the C files under these folders."""
        for path, text in self.texts.items():
            if path.suffix in (".c", ".h") and path.parts[0] in tops:
                yield path, text, c_source.without_comments(text)

    def rooms(self):
        """(room, path, text, bare text) of the C files of src."""
        for path, text, bare in self.c_files("src"):
            if len(path.parts) > 2:
                yield path.parts[1], path, text, bare

    def code(self):
        for path, text in self.texts.items():
            script = path.suffix == "" and text.startswith("#!")
            if path.suffix in CODE_SUFFIXES or script:
                yield path, text


def is_table(path, text):
    opening = "\n".join(text.split("\n", 5)[:5]).lower()
    return path.stem.endswith("_data") or "generated by" in opening


def rule_imports(tree):
    """Rooms import downwards only (DESIGN section 2)."""
    for room, path, text, _ in tree.rooms():
        if room not in IMPORTS:
            yield path, 1, f"a room of the table, not src/{room}"
            continue
        for line, kind, target in c_source.includes(text):
            if kind != '"' or target.endswith(".pb.h"):
                continue
            other = target.split("/")[0]
            if "/" not in target:
                yield path, line, f'the form "room/file.h", not "{target}"'
            elif other != room and other not in IMPORTS[room]:
                if (room, target) not in SINGLE_IMPORTS:
                    may = ", ".join(sorted(IMPORTS[room])) or "nothing"
                    yield path, line, f'{room} may import {may}, not "{target}"'


def rule_wire(tree):
    """Only share sees the generated types of the wire."""
    for room, path, text, _ in tree.rooms():
        for line, _, target in c_source.includes(text):
            if target.endswith(".pb.h") and room != "share":
                yield path, line, f"the wire only inside share, not in {room}"


def rule_headers(tree):
    """Pure rooms include no system header of I/O, clocks, threads or allocation."""
    for room, path, text, _ in tree.rooms():
        if room not in PURE:
            continue
        may = PURE_HEADERS | ROOM_HEADERS.get(room, set())
        for line, kind, target in c_source.includes(text):
            if kind == "<" and target.removesuffix(".h") not in may:
                yield path, line, f"none but {', '.join(sorted(may))} in {room}, not <{target}>"


def rule_function_length(tree):
    """Functions have at most 70 lines."""
    for path, _, bare in tree.c_files("src", "tests"):
        for function in c_source.functions(bare):
            if function.lines > FUNCTION_LINES:
                yield path, function.line, (
                    f"at most {FUNCTION_LINES} lines, {function.name} has {function.lines}")
    for path, text in tree.code():
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef):
                    lines = node.end_lineno - node.lineno + 1
                    if lines > FUNCTION_LINES:
                        yield path, node.lineno, (
                            f"at most {FUNCTION_LINES} lines, {node.name} has {lines}")


def rule_file_length(tree):
    """Files have at most 600 lines; tables of data (*_data.c, generated files) are exempt."""
    for path, text in tree.code():
        lines = text.count("\n")
        if lines > FILE_LINES and not is_table(path, text):
            yield path, FILE_LINES + 1, f"at most {FILE_LINES} lines, not {lines}"


def rule_line_length(tree):
    """Lines have at most 100 columns, no tabs and no blanks at the end."""
    for path, text in tree.code():
        if is_table(path, text):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > COLUMNS:
                yield path, number, f"at most {COLUMNS} columns, not {len(line)}"
            if "\t" in line:
                yield path, number, "no tab"
            if line != line.rstrip():
                yield path, number, "no blank at the end of a line"


def rule_typedef(tree):
    """No typedef of a struct or union, no pointer hidden in a typedef."""
    for path, _, bare in tree.c_files("src", "tests"):
        for match in re.finditer(r"\btypedef\b([^;{(]*)([;{(])", bare):
            line = c_source.line_of(bare, match.start())
            if re.match(r"\s*(?:const\s+)?(?:struct|union)\b", match.group(1)):
                yield path, line, "struct and union by their own name, without typedef"
            elif match.group(2) == ";" and "*" in match.group(1):
                yield path, line, "no pointer hidden in a typedef"


def rule_control_macro(tree):
    """TRY and ENSURE are the only macros that change the flow of control; FAILING makes whole
    functions."""
    mine = {("src/base/result.h", "TRY"), ("src/base/result.h", "ENSURE"),
            ("tests/failing/failing.h", "FAILING")}
    for path, _, bare in tree.c_files("src", "tests"):
        for line, name, body in c_source.macros(bare):
            if re.search(r"\b(?:return|goto|break|continue)\b", body):
                if (str(path), name) not in mine:
                    yield path, line, f"no control macro but TRY and ENSURE, not {name}"


def banned_in(room):
    """Names that may not be called in a room; None stands for the tests."""
    if room not in PURE:
        return BANNED_ANYWHERE
    banned = BANNED_ANYWHERE | BANNED_PURE | LIBM
    return banned if room == "formats" else banned | ALLOCATION | FORMATTING


def rule_banned_call(tree):
    """Unbounded string functions nowhere; no I/O, clock, allocation or libm in pure rooms."""
    for path, _, bare in tree.c_files("src", "tests"):
        room = path.parts[1] if path.parts[0] == "src" and len(path.parts) > 2 else None
        banned = banned_in(room)
        code = c_source.without_directives(bare)
        for match in re.finditer(r"(?<![\w.>])([a-z]\w*?)(f?)\s*\(", code):
            name = match.group(1) + match.group(2)
            float_libm = match.group(2) and match.group(1) in banned & LIBM
            if name in banned or float_libm:
                where = f"in the pure room {room}" if name not in BANNED_ANYWHERE else "anywhere"
                yield path, c_source.line_of(code, match.start()), f"no {name}() {where}"


def rule_static(tree):
    """Pure rooms keep no variable that changes, in a file or in a function."""
    for room, path, _, bare in tree.rooms():
        if room not in PURE:
            continue
        code = c_source.without_directives(bare)
        for match in re.finditer(r"\bstatic\b(?!\s*(?:inline|MUST_USE)\b)([^;={]*)", code):
            declaration = re.sub(r"\[[^\]]*\]", "", match.group(1))
            if "(" in declaration and "(*" not in declaration:
                continue  # a function
            after_star = declaration.rpartition("*")[2]
            if not re.search(r"\bconst\b", after_star):
                line = c_source.line_of(code, match.start())
                yield path, line, f"const, not a static that can change:{declaration.rstrip()}"


def rule_bare_vector(tree):
    """No double[3] crosses a header: geo_ecef, geo_enu, geo_geodetic say which frame it is."""
    for room, path, _, bare in tree.rooms():
        if path.suffix == ".h" and room not in ("base", "geo", "physics"):
            for match in re.finditer(r"\bdouble\s+(?:\*\s*)?(\w*)\s*\[\s*3\s*\]", bare):
                line = c_source.line_of(bare, match.start())
                yield path, line, f"a struct that names the frame, not double {match.group(1)}[3]"


def rule_released_record(tree):
    """Only share/release.c makes a released_record (the types carry the release policy)."""
    for path, _, bare in tree.c_files("src"):
        if path in (Path("src/share/release.c"), Path("src/share/release.h")):
            continue
        made = r"\(\s*struct\s+released_record\s*\)\s*\{|\bstruct\s+released_record\s+\w+\s*=\s*\{"
        for match in re.finditer(made, bare):
            yield path, c_source.line_of(bare, match.start()), "released_record only by release.c"


def pure_archives(tree):
    if not tree.build:
        raise Skip("no build given (--build)")
    if not shutil.which("nm"):
        raise Skip("nm is not installed (package binutils)")
    rooms = {room for room, path, _, _ in tree.rooms() if room in PURE and path.suffix == ".c"}
    for room in sorted(rooms):
        meson = Path("src") / room / "meson.build"
        if re.search(r"files\(\s*\)", tree.texts.get(meson, "files()")):
            continue  # has not joined the build
        yield room, tree.build / "src" / room / f"lib{room}.a", meson


def source_of(room, member):
    return Path("src") / room / Path(member).name.removesuffix(".o")


def rule_archive_symbols(tree):
    """Pure archives need nothing but SLEEF, sqrt, fabs, floor, mem*, nanopb and named libsodium."""
    present = list(pure_archives(tree))
    known = set()
    for _, archive, _ in present:
        known |= archives.defined(archive) if archive.exists() else set()
    for room, archive, meson in present:
        if not archive.exists():
            yield meson, 1, f"an archive {archive.name} in the build"
            continue
        for member, symbol in archives.undefined(archive):
            if symbol not in known and not archives.allowed(room, symbol):
                yield source_of(room, member), 1, f"no call of {symbol} in the pure room {room}"


def rule_archive_data(tree):
    """Pure archives carry no variable that changes."""
    for room, archive, _ in pure_archives(tree):
        if archive.exists():
            for member, symbol in archives.writable(archive):
                yield source_of(room, member), 1, f"const, not a variable: {symbol}"


def rule_packages(tree):
    """What meson.build looks for, scripts/setup.sh installs."""
    setup = tree.texts.get(Path("scripts/setup.sh"), "")
    wanted = re.compile(r"\b(?:dependency|find_library|find_program)\(\s*'([^']+)'")
    for path, text in tree.texts.items():
        if path.name != "meson.build":
            continue
        for match in wanted.finditer(text):
            name, line = match.group(1), c_source.line_of(text, match.start())
            if name in FROM_C_LIBRARY:
                continue
            if name not in PACKAGES:
                yield path, line, f"a name that tests/tidy knows the package of, not '{name}'"
            elif not re.search(rf"^\w+ {re.escape(PACKAGES[name])} ", setup, re.MULTILINE):
                yield path, line, f"{PACKAGES[name]} in scripts/setup.sh, for '{name}'"


def rule_machine_names(tree):
    """No file names a place on somebody's machine, or a package registry."""
    for path, text in tree.texts.items():
        for match in MACHINE_NAMES.finditer(text):
            line = c_source.line_of(text, match.start())
            yield path, line, f"no name of a machine or registry, not {match.group(0)}"


def formatter():
    for name in ("clang-format-14", "clang-format"):
        if shutil.which(name):
            version = subprocess.run([name, "--version"], capture_output=True, text=True).stdout
            if " 14." in version:
                return name
    raise Skip("clang-format 14 is not installed (package clang-format-14)")


def rule_layout(tree):
    """clang-format would change nothing."""
    name = formatter()
    paths = [str(path) for path, _, _ in tree.c_files("src", "tests")]
    if not paths:
        return
    run = subprocess.run(
        [name, "--dry-run", *paths], cwd=tree.root, capture_output=True, text=True)
    seen = set()
    for match in re.finditer(r"^(\S+?):(\d+):\d+: \w+: code should be", run.stderr, re.MULTILINE):
        if match.group(1) not in seen:
            seen.add(match.group(1))
            yield Path(match.group(1)), int(match.group(2)), "the layout of clang-format -i"


RULES = {
    name.removeprefix("rule_").replace("_", "-"): function
    for name, function in sorted(globals().items())
    if name.startswith("rule_")
}


def check(tree, name):
    """Findings of one rule as lines; raises Skip."""
    found = sorted(set(RULES[name](tree)))
    return [f"{path}:{line}: {name}: expected {what}" for path, line, what in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", default=Path(__file__).resolve().parents[2], type=Path)
    parser.add_argument("--build", type=Path)
    parser.add_argument("--tap", action="store_true", help="one line a rule, for the test runner")
    parser.add_argument("rules", nargs="*", choices=[[], *RULES], metavar="RULE")
    options = parser.parse_args()
    names = options.rules or list(RULES)
    tree = Tree(options.root, options.build)
    status = 0
    if options.tap:
        print(f"1..{len(names)}")
    for number, name in enumerate(names, 1):
        verdict, remark = "ok", ""
        try:
            findings = check(tree, name)
        except Skip as reason:
            findings, remark = [], f" # SKIP {reason}"
        for finding in findings:
            print(finding)
            verdict, status = "not ok", 1
        if options.tap:
            print(f"{verdict} {number} - {name}{remark}")
        elif remark:
            print(f"{name}: skipped: {remark.removeprefix(' # SKIP ')}")
    return status


if __name__ == "__main__":
    sys.exit(main())
