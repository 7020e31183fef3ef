"""matplotlib: figures in one style, as the same bytes each time. Nothing but its own canvases is used."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cauce.domain.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, GREY, LIGHT, BLUE, RED = "#1c2733", "#9aa5b1", "#e6eaee", "#1f5f99", "#c2452d"
_DPI = 150


@dataclass(frozen=True)
class Picture:
    """One drawing, as pixels and as lines."""

    png: bytes
    svg: bytes


def new_figure(width: float, height: float) -> "tuple[Figure, Axes]":
    """One pair of axes; width and height in inches."""
    figure, (axes,) = new_grid(1, 1, width=width, height=height)
    return figure, axes


def new_grid(rows: int, columns: int, *, width: float, height: float) -> "tuple[Figure, Sequence[Axes]]":
    """Several pairs of axes, row by row; width and height in inches.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib is not installed", remedy="pip install 'cauce[train]'") from None
    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    grid = [figure.add_subplot(rows, columns, number + 1) for number in range(rows * columns)]
    for axes in grid:
        _plain(axes)
    return figure, grid


def _plain(axes: "Axes") -> None:
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GREY)
    axes.tick_params(colors=INK, labelsize=8)


def title(figure: "Figure", text: str) -> None:
    """A line above everything: names of configurations leave the axes themselves little width."""
    figure.suptitle(text, fontsize=8, color=INK, x=0.01, ha="left")


def picture_of(figure: "Figure") -> Picture:
    """The same drawing gives the same bytes: no date, no random names."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    png, svg = io.BytesIO(), io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "cauce"}):
        figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return Picture(png.getvalue(), svg.getvalue())
