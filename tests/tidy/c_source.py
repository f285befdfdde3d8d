"""Just enough of C's grammar for the rules of the house: text without comments and literals,
includes, macros, functions. Line numbers always stay those of the file."""

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""//(?:[^\n\\]|\\.)*(?:\\\n[^\n]*)*   # comment to the end of the line
      | /\*.*?\*/                           # comment
      | "(?:[^"\\\n]|\\.)*"                 # string
      | '(?:[^'\\\n]|\\.)*'                 # character
    """,
    re.VERBOSE | re.DOTALL,
)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', re.MULTILINE)
DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(.*)", re.DOTALL)
SIGNATURE = re.compile(r"(\w+)\s*\(")


@dataclass
class Function:
    name: str
    line: int  # of the first word of its signature
    lines: int  # to its closing brace, both included


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def _blank(match):
    kept = "".join("\n" if c == "\n" else " " for c in match.group(0))
    if match.group(0)[0] in "\"'":
        return match.group(0)[0] + kept[1:-1] + match.group(0)[0]
    return kept


def without_comments(text):
    """The text with the insides of comments, strings and characters turned into spaces."""
    return TOKEN.sub(_blank, text)


def without_directives(bare):
    return DIRECTIVE.sub(lambda m: "".join("\n" if c == "\n" else " " for c in m.group(0)), bare)


def includes(text):
    """(line, '"' or '<', path) of every include; comments must not be blanked as strings are."""
    hidden = re.sub(r"/\*.*?\*/", _blank, text, flags=re.DOTALL)
    return [(line_of(hidden, m.start(2)), m.group(1), m.group(2)) for m in INCLUDE.finditer(hidden)]


def macros(bare):
    """(line, name, body) of every #define."""
    found = []
    for directive in DIRECTIVE.finditer(bare):
        define = DEFINE.match(directive.group(0))
        if define:
            found.append((line_of(bare, directive.start()), define.group(1), define.group(2)))
    return found


def functions(bare):
    """The functions defined in the text (comments and literals already blanked)."""
    code = without_directives(bare)
    found = []
    depth, start, opened = 0, 0, None  # start: where the current declaration begins
    for at in (m.start() for m in re.finditer(r"[{};]", code)):
        c = code[at]
        if c == "{":
            if depth == 0:
                opened = _signature(code, start, at)
            depth += 1
        elif c == "}":
            depth -= 1
            if depth == 0:
                if opened:
                    name, first = opened
                    line = line_of(code, first)
                    found.append(Function(name, line, line_of(code, at) - line + 1))
                opened, start = None, at + 1
        elif depth == 0:
            start = at + 1
    return found


def _signature(code, start, brace):
    """Name and first character of the function whose body opens at `brace`; None if it is a struct,
    an enum or a table."""
    head = code[start:brace]
    match = SIGNATURE.search(re.sub(r"__attribute__\s*\(\(.*?\)\)", _blank, head))
    if not match or "=" in head or not head.rstrip().endswith(")"):
        return None
    return match.group(1), start + len(head) - len(head.lstrip())
