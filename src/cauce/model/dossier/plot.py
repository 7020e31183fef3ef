"""Axes, lines, points and bands as SVG. One typeface, two colours; the same drawing stands in the page and in the PDF."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from cauce.report.printable import printable

INK, SOFT, GRID = "#17242e", "#5a6b78", "#dde4ea"
BLUE, RED, GREY = "#0b4f6c", "#b3461e", "#9aa7b0"
COLOURS = (BLUE, RED, "#00704f", "#8c6bb1", "#b8860b")

_SHORT_LABEL = 22

Points = Sequence[tuple[float, float]]


@dataclass
class Plot:
    """A rectangular plot; data coordinates in, SVG out.

    Attributes:
        x_range, y_range: of the data.
        x_ticks, y_ticks: where a line and a number stand.
        decimal: sign of the numbers at the ticks.
    """

    x_label: str
    y_label: str
    x_range: tuple[float, float] = (0.0, 1.0)
    y_range: tuple[float, float] = (0.0, 1.0)
    x_ticks: Sequence[float] = (0, 0.2, 0.4, 0.6, 0.8, 1)
    y_ticks: Sequence[float] = (0, 0.2, 0.4, 0.6, 0.8, 1)
    size: tuple[int, int] = (330, 270)
    decimal: str = "."
    shapes: list[str] = field(default_factory=list)
    legend: list[tuple[str, str, bool]] = field(default_factory=list)

    def line(self, points: Points, colour: str, *, label: str = "", dashed: bool = False, width: float = 1.6) -> None:
        """A line through points."""
        path = "M" + " L".join(f"{self._x(x):.2f} {self._y(y):.2f}" for x, y in points)
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        self.shapes.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>')
        if label:
            self.legend.append((label, colour, dashed))

    def mark(self, x: float, y: float, colour: str, *, across: tuple[float, float] | None = None,
             along: tuple[float, float] | None = None) -> None:
        """A point with its interval across (y) and along (x)."""
        if across is not None:
            self.line([(x, across[0]), (x, across[1])], colour, width=1)
        if along is not None:
            self.line([(along[0], y), (along[1], y)], colour, width=1)
        self.shapes.append(f'<circle cx="{self._x(x):.2f}" cy="{self._y(y):.2f}" r="2.8" fill="{colour}"/>')

    def dot(self, x: float, y: float, colour: str) -> None:
        """A small, half-transparent point: one of many."""
        self.shapes.append(f'<circle cx="{self._x(x):.2f}" cy="{self._y(y):.2f}" r="2" fill="{colour}" fill-opacity="0.6"/>')

    def tick(self, x: float, label: str) -> None:
        """A word below the axis."""
        self.shapes.append(text(self._x(x), self.size[1] - 23, label, anchor="middle", size=9.5))

    def bar(self, x: tuple[float, float], y: tuple[float, float], colour: str) -> None:
        """A filled rectangle."""
        left, right = self._x(x[0]), self._x(x[1])
        bottom, top = self._y(y[0]), self._y(y[1])
        self.shapes.append(f'<rect x="{left:.2f}" y="{min(top, bottom):.2f}" width="{right - left:.2f}" '
                           f'height="{abs(bottom - top):.2f}" fill="{colour}" fill-opacity="0.55"/>')

    def svg(self) -> str:
        """The whole drawing."""
        width, height = self.size
        rows = -(-len(self.legend) // self._columns())
        full = height + 14 * rows
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {full}" width="{width}" height="{full}" '
                f'font-family="Noto Sans, sans-serif">{self._axes()}{"".join(self.shapes)}{self._legend()}</svg>')

    def _x(self, value: float) -> float:
        low, high = self.x_range
        return 44 + (self.size[0] - 56) * (value - low) / (high - low)

    def _y(self, value: float) -> float:
        low, high = self.y_range
        return self.size[1] - 36 - (self.size[1] - 46) * (value - low) / (high - low)

    def _axes(self) -> str:
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        left, right, bottom, top = self._x(x0), self._x(x1), self._y(y0), self._y(y1)
        shapes = [f'<path d="M{left} {self._y(tick):.2f} H{right}" stroke="{GRID}"/>' for tick in self.y_ticks]
        shapes += [f'<path d="M{self._x(tick):.2f} {bottom} V{top}" stroke="{GRID}"/>' for tick in self.x_ticks]
        shapes += [text(left - 5, self._y(tick) + 3, self._number(tick), anchor="end") for tick in self.y_ticks]
        shapes += [text(self._x(tick), bottom + 13, self._number(tick), anchor="middle") for tick in self.x_ticks]
        shapes.append(f'<path d="M{left} {top} V{bottom} H{right}" fill="none" stroke="{SOFT}"/>')
        shapes.append(text((left + right) / 2, bottom + 28, self.x_label, anchor="middle", size=9.5))
        middle = (top + bottom) / 2
        label = text(11, middle, self.y_label, anchor="middle", size=9.5)
        shapes.append(f'<g transform="rotate(-90 11 {middle:.1f})">{label}</g>')
        return "".join(shapes)

    def _number(self, value: float) -> str:
        return f"{value:g}".replace(".", self.decimal)

    def _columns(self) -> int:
        return 2 if all(len(label) <= _SHORT_LABEL for label, _, _ in self.legend) else 1

    def _legend(self) -> str:
        shapes = []
        for place, (label, colour, dashed) in enumerate(self.legend):
            columns = self._columns()
            x, y = 44 + place % columns * (self.size[0] - 56) / columns, self.size[1] + 8 + place // columns * 14
            dash = ' stroke-dasharray="4 3"' if dashed else ""
            shapes.append(f'<path d="M{x} {y - 3} h16" stroke="{colour}" stroke-width="2"{dash}/>')
            shapes.append(text(x + 21, y, label, size=9))
        return "".join(shapes)


def text(x: float, y: float, words: str, *, anchor: str = "start", size: float = 8.5, bold: bool = False,
         colour: str = INK) -> str:
    """A line of text; escaped here."""
    weight, plain = ' font-weight="bold"' if bold else "", printable(words.replace("−", "–"))  # Noto Sans has no minus sign
    return (f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size}" text-anchor="{anchor}"{weight} fill="{colour}">'
            f"{escape(plain)}</text>")
