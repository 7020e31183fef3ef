"""Pictures of an evaluation as PNG: ROC curve and reliability diagram. Nothing but matplotlib's own Agg canvas is used."""

import io
from typing import TYPE_CHECKING

import numpy as np

from cauce.domain.errors import MissingExtraError
from cauce.domain.estimate import Estimate
from cauce.metrics.calibration_error import reliability_bins
from cauce.metrics.cases import Cases
from cauce.metrics.curves import roc_curve
from cauce.metrics.proportion import wilson

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, GREY, BLUE, RED = "#1c2733", "#9aa5b1", "#1f5f99", "#c2452d"
_INCHES, _DPI = 4.6, 150


def roc_png(cases: Cases, area: Estimate, point: tuple[Estimate, Estimate]) -> bytes:
    """ROC curve with the frozen operating point.

    Args:
        cases: of the test partition.
        area: printed in the picture.
        point: sensitivity and specificity; drawn with their intervals where there are any.
    """
    figure, axes = _new("1 − specificity", "Sensitivity")
    false, hits = roc_curve(cases)
    axes.fill_between(false, hits, step=None, color=BLUE, alpha=0.08, linewidth=0)
    axes.plot(false, hits, color=BLUE, linewidth=2, label=f"AUC {area.text()}" if area.value is not None else "ROC curve")
    sensitivity, specificity = point
    if sensitivity.value is not None and specificity.value is not None:
        _cross(axes, sensitivity, specificity)
    axes.legend(loc="lower right", frameon=False, fontsize=9)
    return png(figure)


def reliability_png(cases: Cases) -> bytes:
    """Observed share of positives against mean probability in bins of equal numbers, and how the probabilities lie.

    The bars are Wilson intervals that count each patient of a bin once.
    """
    figure, axes = _new("Mean probability", "Share with the finding")
    bins = reliability_bins(cases, 10)
    sizes = np.bincount(bins.of_case)
    patients = [cases.patients_with(bins.of_case == number) for number in range(len(sizes))]
    limits = np.array([wilson(share * n, n) for share, n in zip(bins.observed, patients, strict=True)])
    errors = np.abs(limits.T - bins.observed)
    axes.errorbar(
        bins.mean_probability, bins.observed, yerr=errors, fmt="o", color=BLUE, markersize=5, elinewidth=1.2, capsize=2.5,
        label=f"{len(sizes)} bins of {int(np.median(sizes))} images, 95 % interval",
    )
    for positive, colour, height in ((True, RED, 1.0), (False, GREY, -1.0)):
        counts, edges = np.histogram(cases.score[cases.positive == positive], bins=40, range=(0, 1))
        share = 0.09 * height * np.sqrt(counts / max(counts.max(), 1))
        axes.bar(edges[:-1], share, width=1 / 40, align="edge", bottom=-0.13, color=colour, alpha=0.75, linewidth=0,
                 label="with the finding" if positive else "without")
    axes.set_ylim(-0.24, 1.02)
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize=7.5, columnspacing=1.0, handlelength=1.4
    )  # above the axes: points may lie anywhere in them
    return png(figure)


def _cross(axes: "Axes", sensitivity: Estimate, specificity: Estimate) -> None:
    values = [sensitivity.value, sensitivity.lower, sensitivity.upper, specificity.value, specificity.lower, specificity.upper]
    y, y_low, y_high, x, x_low, x_high = (float(value or 0) for value in values)
    axes.errorbar(
        [1 - x], [y], xerr=[[x_high - x], [x - x_low]], yerr=[[y - y_low], [y_high - y]], fmt="o", color=RED, markersize=6,
        elinewidth=1.4, capsize=3, label=f"Operating point: sensitivity {y:.2f}, specificity {x:.2f}",
    )


def _new(x_label: str, y_label: str) -> "tuple[Figure, Axes]":
    """Axes from 0 to 1 with their diagonal."""
    figure, axes = new_axes(x_label, y_label)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    return figure, axes


def new_axes(x_label: str, y_label: str) -> "tuple[Figure, Axes]":
    """An empty square picture in the style of all of them.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib is not installed", remedy="pip install 'cauce[train]'") from None
    figure = Figure(figsize=(_INCHES, _INCHES), dpi=_DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlabel=x_label, ylabel=y_label)
    axes.grid(color="#e6eaee", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GREY)
    axes.tick_params(colors=_INK, labelsize=9)
    return figure, axes


def png(figure: "Figure") -> bytes:
    """The picture's file; the same picture gives the same bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    stream = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
    return stream.getvalue()
