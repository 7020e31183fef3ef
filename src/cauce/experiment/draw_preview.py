"""Contact sheet of what a network will see."""

import itertools
from collections.abc import Sequence

import numpy as np

from cauce.domain.experiment import Augmentation
from cauce.experiment.matplotlib_adapter import INK, Picture, new_grid, picture_of
from cauce.experiment.view import Row

_OUTLINES = ("#f2a93b", "#3fc1c9", "#e0559b", "#8bc34a", "#9575ff", "#ff6b57")  # of classes, on grey


def draw_preview(rows: Sequence[Row], classes: Sequence[str], preset: Augmentation) -> Picture:
    """Cases in rows: as prepared, then as augmentation draws them; classes as outlines, each in its colour."""
    n_columns = len(rows[0].views)
    figure, flat = new_grid(len(rows), n_columns, width=1.7 * n_columns + 0.4, height=1.7 * len(rows) + 0.6)
    grid = [flat[start : start + n_columns] for start in range(0, len(flat), n_columns)]
    for row, line in zip(rows, grid, strict=True):
        low, high = np.nanpercentile(row.views[0].pixels, [0.5, 99.5])
        for view, axes in zip(row.views, line, strict=True):
            axes.imshow(view.pixels, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
            axes.set_xticks([])
            axes.set_yticks([])
            for value, colour in zip(range(1, len(classes) + 1), itertools.cycle(_OUTLINES), strict=False):
                if view.mask is not None and (view.mask == value).any():
                    axes.contour(view.mask == value, levels=[0.5], colors=[colour], linewidths=1.2)
        line[0].set_ylabel(row.label, fontsize=8, color=INK)
    grid[0][0].set_title("as prepared", fontsize=8, color=INK)
    for axes in grid[0][1:]:
        axes.set_title(f"augmentation {preset.value}", fontsize=8, color=INK)
    for name, colour in zip(classes, itertools.cycle(_OUTLINES), strict=False):
        grid[-1][0].plot([], [], color=colour, label=name)
    if classes:
        figure.legend(loc="outside lower left", ncols=len(classes), fontsize=8, frameon=False)
    return picture_of(figure)
