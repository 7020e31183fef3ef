"""Pictures of an evaluation of masks: Dice of each case, and agreement of volumes."""

from collections.abc import Sequence

import numpy as np

from cauce.model.case_measures import MeasureRow
from cauce.model.matplotlib_adapter import BLUE, GREY, RED, new_axes, png

_LIMITS = 1.96


def dice_png(rows: Sequence[MeasureRow], classes: Sequence[str]) -> bytes:
    """A column for each class: a dot for each case, median and quartiles."""
    figure, axes = new_axes("", "Dice")
    rng = np.random.default_rng(0)
    for place, name in enumerate(classes):
        values = np.array([row.measures.dice for row in rows if row.class_name == name])
        values = values[~np.isnan(values)]
        axes.plot(place + rng.uniform(-0.16, 0.16, len(values)), values, "o", color=BLUE, alpha=0.55, markersize=4, mew=0)
        if len(values):
            lower, middle, upper = np.percentile(values, [25, 50, 75])
            axes.hlines(middle, place - 0.28, place + 0.28, color=RED, linewidth=2)
            axes.vlines(place + 0.28, lower, upper, color=RED, linewidth=2)
            axes.annotate(f"{middle:.3f}", (place + 0.31, middle), fontsize=8.5, va="center", color=RED)
    axes.set_xticks(range(len(classes)), classes)
    axes.set_xlim(-0.5, len(classes) - 0.3)
    return png(figure)


def volumes_png(rows: Sequence[MeasureRow], classes: Sequence[str]) -> bytes:
    """Bland–Altman plot with a colour for each class. Source: Bland and Altman 1986, 10.1016/S0140-6736(86)90837-8."""
    figure, axes = new_axes("Mean of both volumes (mL)", "Found − reference (mL)")
    everything = []
    for name, colour in zip(classes, colours(len(classes)), strict=True):
        measures = [row.measures for row in rows if row.class_name == name]
        pairs = np.array([(each.reference_ml, each.predicted_ml) for each in measures]).reshape(-1, 2)
        axes.plot(pairs.mean(axis=1), pairs[:, 1] - pairs[:, 0], "o", color=colour, alpha=0.7, markersize=4, mew=0, label=name)
        everything.append(pairs[:, 1] - pairs[:, 0])
    differences = np.concatenate(everything)
    mean, spread = float(differences.mean()), float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.axhline(mean, color=RED, linewidth=1.4, label=f"mean {mean:+.2f} mL")
    for sign in (-1, 1):
        label = f"limits of agreement {mean - _LIMITS * spread:+.2f} to {mean + _LIMITS * spread:+.2f} mL" if sign > 0 else None
        axes.axhline(mean + sign * _LIMITS * spread, color=RED, linewidth=1, linestyle=(0, (4, 3)), label=label)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=7.5)
    return png(figure)


def colours(count: int) -> list[str]:
    """One for each class."""
    shades = [BLUE, "#d98b1f", "#3f8f4f", "#8a4f9e", "#b0475c", "#5b6b7b"]
    return [shades[number % len(shades)] for number in range(count)]
