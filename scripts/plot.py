"""Plots as SVG, with the standard library only.

A figure is a grid of panels under one legend. Text stays text; the drawing brings its own
background, light or dark as the reader's screen asks, so that it can be read on any page. What lies
beyond an axis is drawn at its edge as an arrow, with its value.
"""
import dataclasses
import html
import math

WIDTH = 800
LEFT, RIGHT, GAP = 62, 14, 66     # of a row of panels: room for numbers and the label of the axis
TITLE, HEIGHT, BELOW = 24, 190, 46  # of a panel: its heading, its field, its numbers and label
TOP, LEGEND_LINE = 38, 21

STYLE = """
svg { color-scheme: light dark; }
text { font: 12px system-ui, 'DejaVu Sans', Helvetica, Arial, sans-serif; fill: #24292f; }
text.heading { font-size: 15px; font-weight: 600; }
text.panel { font-weight: 600; }
.page { fill: #ffffff; }
.grid { stroke: #e3e6ea; fill: none; }
.frame { stroke: #6e7781; fill: none; }
.band { fill: #2da44e; opacity: 0.16; }
.value { fill: none; stroke-width: 1.8; }
.wide { fill: none; stroke-width: 7; opacity: 0.32; stroke-linecap: round; }
.s0 { stroke: #0969c3; } .f0 { fill: #0969c3; }
.s1 { stroke: #c4500a; } .f1 { fill: #c4500a; }
.s2 { stroke: #00805a; } .f2 { fill: #00805a; }
.s3 { stroke: #8a3fb8; } .f3 { fill: #8a3fb8; }
.s9 { stroke: #6e7781; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .page { fill: #0d1117; }
  .grid { stroke: #262c34; }
  .frame { stroke: #8b949e; }
  .band { fill: #3fb950; opacity: 0.2; }
  .s0 { stroke: #58a6ff; } .f0 { fill: #58a6ff; }
  .s1 { stroke: #f0883e; } .f1 { fill: #f0883e; }
  .s2 { stroke: #3fc995; } .f2 { fill: #3fc995; }
  .s3 { stroke: #c58af9; } .f3 { fill: #c58af9; }
  .s9 { stroke: #8b949e; }
}
"""


@dataclasses.dataclass
class Axis:
    """Ticks with a label each; grid lines also where `minor` says."""
    label: str
    low: float
    high: float
    ticks: list
    log: bool = False
    minor: list = dataclasses.field(default_factory=list)

    def share(self, value):
        """0 at the low end, 1 at the high one."""
        scale = math.log if self.log else float
        return (scale(value) - scale(self.low)) / (scale(self.high) - scale(self.low))


@dataclasses.dataclass
class Line:
    """Points (x, y or None) in one of four colours; wide: a pale broad line without marks."""
    points: list
    colour: int
    wide: bool = False


@dataclasses.dataclass
class Panel:
    """Bands are (x from, x to, y from, y to)."""
    title: str
    x: Axis
    y: Axis
    lines: list
    bands: list = dataclasses.field(default_factory=list)


def number(value):
    """As few digits as tell it."""
    if value != 0 and abs(value) < 1:
        return f"{value:.4f}".rstrip("0")
    return f"{value:.10g}" if value == round(value, 2) else f"{value:.3g}"


def log_axis(label, values):
    """An axis for all the positive values, from a 1, 2 or 5 to another."""
    values = [value for value in values if value is not None and value > 0] or [1.0]
    steps = [digit * 10.0 ** power for power in range(-6, 10) for digit in (1, 2, 5)]
    low = max(step for step in steps if step <= min(values) / 1.05)
    high = min(step for step in steps if step >= max(values) * 1.05)
    inside = [step for step in steps if low <= step <= high]
    decades = [step for step in inside if math.log10(step).is_integer()]
    return Axis(label, low, high, inside if len(inside) <= 7 else decades, True, inside)


def text(x, y, words, anchor="start", kind=""):
    kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{html.escape(words)}</text>'


def straight(x0, y0, x1, y1, kind):
    return f'<path class="{kind}" d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}"/>'


def mark(x, y, colour):
    """A shape for each colour, so that colour alone tells nothing."""
    kind = f"f{colour}"
    if colour == 0:
        return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3.6"/>'
    shapes = {1: [(-3.3, -3.3), (3.3, -3.3), (3.3, 3.3), (-3.3, 3.3)],
              2: [(0, -4.6), (4.3, 3.4), (-4.3, 3.4)],
              3: [(0, -4.8), (4.4, 0), (0, 4.8), (-4.4, 0)]}
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in shapes[colour])
    return f'<polygon class="{kind}" points="{points}"/>'


def arrow(x, y, up, colour):
    tip = -5 if up else 5
    return (f'<polygon class="f{colour}" points="{x - 4:.1f},{y:.1f} {x + 4:.1f},{y:.1f} '
            f'{x:.1f},{y + tip:.1f}"/>')


class Field:
    """Where a panel's values lie in the drawing."""

    def __init__(self, panel, left, top, width):
        self.panel, self.left, self.top, self.width = panel, left, top, width
        self.bottom = top + HEIGHT

    def x(self, value):
        return self.left + self.width * self.panel.x.share(value)

    def y(self, value):
        """Also beyond the field, for the lines that lead there."""
        return self.bottom - HEIGHT * self.panel.y.share(value)

    def clip(self):
        """The field as a name to clip at, which its place makes unique."""
        return f"field-{self.left:.0f}-{self.top:.0f}"

    def outside(self, value):
        """-1 below the axis, 1 above it, 0 on it."""
        return (value > self.panel.y.high) - (value < self.panel.y.low)


def draw_axes(field):
    x, y = field.panel.x, field.panel.y
    right = field.left + field.width
    out = [f'<clipPath id="{field.clip()}"><rect x="{field.left:.1f}" y="{field.top}" '
           f'width="{field.width:.1f}" height="{HEIGHT}"/></clipPath>']
    for x0, x1, y0, y1 in field.panel.bands:
        out.append(f'<rect class="band" x="{field.x(x0):.1f}" y="{field.y(y1):.1f}" '
                   f'width="{field.x(x1) - field.x(x0):.1f}" '
                   f'height="{field.y(y0) - field.y(y1):.1f}"/>')
    for tick in sorted(set(y.ticks) | set(y.minor)):
        out.append(straight(field.left, field.y(tick), right, field.y(tick), "grid"))
    for tick in x.ticks:
        out.append(straight(field.x(tick), field.top, field.x(tick), field.bottom, "grid"))
        out.append(straight(field.x(tick), field.bottom, field.x(tick), field.bottom + 4, "frame"))
        out.append(text(field.x(tick), field.bottom + 17, number(tick), "middle"))
    for tick in y.ticks:
        out.append(straight(field.left - 4, field.y(tick), field.left, field.y(tick), "frame"))
        out.append(text(field.left - 7, field.y(tick) + 4, number(tick), "end"))
    out.append(f'<rect class="frame" x="{field.left:.1f}" y="{field.top}" '
               f'width="{field.width:.1f}" height="{HEIGHT}"/>')
    out.append(text(field.left, field.top - 8, field.panel.title, kind="panel"))
    out.append(text(field.left + field.width / 2, field.bottom + 34, x.label, "middle"))
    middle = field.top + HEIGHT / 2
    out.append(f'<g transform="translate({field.left - 46:.1f} {middle:.1f}) rotate(-90)">'
               f'{text(0, 0, y.label, "middle")}</g>')
    return out


def draw_line(field, line, taken):
    """`taken` counts the values told at an edge, so that they stand one below the other."""
    pieces, piece = [], []
    out = []
    for x, y in line.points + [(None, None)]:
        if y is None:
            pieces += [piece] if piece else []
            piece = []
            continue
        piece.append(f"{field.x(x):.1f} {field.y(y):.1f}")
    kind = f"{'wide' if line.wide else 'value'} s{line.colour}"
    out += [f'<path class="{kind}" clip-path="url(#{field.clip()})" d="M{"L".join(piece)}"/>'
            for piece in pieces]
    for x, y in line.points:
        if y is None or line.wide:
            continue
        side = field.outside(y)
        if side == 0:
            out.append(mark(field.x(x), field.y(y), line.colour))
            continue
        rank = taken[x, side] = taken.get((x, side), 0) + 1
        up = side > 0
        at = field.top + 12 * rank if up else field.bottom - 12 * rank + 8
        out.append(arrow(field.x(x), at - 2, up, line.colour))
        end = x == line.points[-1][0]
        out.append(text(field.x(x) + (-7 if end else 7), at, number(float(f"{y:.2g}")),
                        "end" if end else "start"))
    return out


def draw_panel(panel, left, top, width):
    field = Field(panel, left, top + TITLE, width)
    taken = {}
    out = draw_axes(field)
    for line in sorted(panel.lines, key=lambda line: not line.wide):
        out += draw_line(field, line, taken)
    return out


def draw_legend(entries, top):
    """Entries are (words, colour, how): how is "line", "wide" or "band"; in rows as they fit."""
    out = []
    x, y = LEFT, top
    for words, colour, how in entries:
        width = 44 + 7.0 * len(words)
        if x > LEFT and x + width > WIDTH - RIGHT:
            x, y = LEFT, y + LEGEND_LINE
        if how == "band":
            out.append(f'<rect class="band" x="{x}" y="{y - 10:.1f}" width="26" height="13"/>')
        else:
            kind = "wide" if how == "wide" else "value"
            out.append(straight(x, y - 4, x + 26, y - 4, f"{kind} s{colour}"))
        if how == "line":
            out.append(mark(x + 13, y - 4, colour))
        out.append(text(x + 33, y, words))
        x += width
    return out, y + LEGEND_LINE - TOP


def svg(title, about, rows, legend):
    """A figure of rows of panels (None: left empty), as the text of an SVG file."""
    out, legend_height = draw_legend(legend, TOP + 10)
    columns = max(len(row) for row in rows)
    width = (WIDTH - LEFT - RIGHT - GAP * (columns - 1)) / columns
    top = TOP + legend_height
    for row in rows:
        for column, panel in enumerate(row):
            if panel:
                out += draw_panel(panel, LEFT + column * (width + GAP), top, width)
        top += TITLE + HEIGHT + BELOW
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" '
            f'viewBox="0 0 {WIDTH} {top}" role="img" aria-labelledby="title about">',
            f'<title id="title">{html.escape(title)}</title>',
            f'<desc id="about">{html.escape(about)}</desc>', f"<style>{STYLE}</style>",
            f'<rect class="page" width="{WIDTH}" height="{top}"/>',
            text(LEFT, 24, title, kind="heading")]
    return "\n".join(head + out + ["</svg>", ""])
