"""Pictures of a search and of the checks before it. Nothing but matplotlib's own canvases is used."""

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import MissingExtraError
from cauce.domain.experiment import Augmentation, Search, Selection, Trial
from cauce.domain.search_plan import Range
from cauce.experiment.grid import readable_value, values_of
from cauce.experiment.importance import Importance
from cauce.experiment.trial import fold_scores
from cauce.experiment.view import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _GREY, _LIGHT, _BLUE, _RED = "#1c2733", "#9aa5b1", "#e6eaee", "#1f5f99", "#c2452d"
_DPI = 150
_OUTLINES = ("#f2a93b", "#3fc1c9", "#e0559b", "#8bc34a", "#9575ff", "#ff6b57")  # of classes, on grey
_MOST_ROWS = 40
_CLEAR = 0.3  # rank correlation, below which a setting is best somewhere in the middle, or nowhere


@dataclass(frozen=True)
class Picture:
    """One drawing, as pixels and as lines."""

    png: bytes
    svg: bytes


def draw_folds(search: Search, selection: Selection) -> Picture:
    """Every fold as a dot, mean ± standard deviation as a bar; the best on top, the kept one red, its equals blue."""
    ranked = sorted(
        ((number, trial) for number, trial in enumerate(search.trials) if trial.mean is not None),
        key=lambda each: each[1].score if each[1].score is not None else (each[1].mean or 0.0) - 10, reverse=True,
    )[:_MOST_ROWS]
    figure, axes = _new(7.5, 1.3 + 0.3 * len(ranked))
    for row, (number, trial) in enumerate(ranked):
        colour = _RED if number == selection.trial else _BLUE if number in selection.equals else _GREY
        scores = fold_scores(trial.runs)
        axes.errorbar(
            [trial.mean or 0.0], [row], xerr=[trial.standard_deviation or 0.0], color=colour, fmt="|", markersize=11,
            elinewidth=1.6, markeredgewidth=1.6, capsize=0,
        )
        axes.plot(scores, [row] * len(scores), "o", color=colour, markersize=4.5, alpha=0.65, markeredgewidth=0)
    names = [f"{number + 1}  {trial.name}{' (pruned)' if trial.pruned else ''}" for number, trial in ranked]
    axes.set_yticks(range(len(ranked)), names, fontsize=8)
    axes.set_ylim(len(ranked) - 0.4, -0.6)
    axes.set_xlabel(f"validation {search.spec.task.metric.word} of each fold; bar: mean ± std", fontsize=9)
    axes.grid(axis="x", color=_LIGHT, linewidth=0.8)
    _title(figure, "red: kept · blue: not to be told from the best · grey: worse, less stable or pruned")
    return _picture(figure)


def draw_parallel(search: Search, selection: Selection) -> Picture:
    """One line a configuration through its settings to its mean score; dark is good, red is kept, dashes are pruned."""
    trials = [(number, trial) for number, trial in enumerate(search.trials) if trial.mean is not None]
    axes_of = [_Axis.of_setting(setting, search, [trial for _, trial in trials]) for setting in search.spec.space]
    means = np.array([trial.mean or 0.0 for _, trial in trials])
    axes_of.append(_Axis.of_scores(search.spec.task.metric.word, means))
    order = np.argsort(np.argsort(means)) / max(len(means) - 1, 1)
    figure, axes = _new(1.5 + 1.7 * len(axes_of), 4.2)
    for position in np.argsort(means):
        number, trial = trials[position]
        kept = number == selection.trial
        axes.plot(
            range(len(axes_of)), [axis.heights[position] for axis in axes_of], color=_RED if kept else _BLUE,
            alpha=1.0 if kept else 0.15 + 0.75 * order[position], linewidth=2.4 if kept else 1.2,
            linestyle=(0, (4, 3)) if trial.pruned else "-", zorder=3 if kept else 2,
        )
    for column, axis in enumerate(axes_of):
        axes.axvline(column, color=_GREY, linewidth=1, zorder=1)
        for height, text in axis.ticks:
            axes.text(column + 0.03, height, text, fontsize=7.5, color=_INK, va="center", zorder=4,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8})
    axes.set_xticks(range(len(axes_of)), [axis.name for axis in axes_of], fontsize=9)
    axes.set_yticks([])
    axes.set(xlim=(-0.15, len(axes_of) - 0.55), ylim=(-0.05, 1.05))
    axes.spines["left"].set_visible(False)
    _title(figure, "one line a configuration · red: kept · dark: good · dashed: pruned")
    return _picture(figure)


def draw_importance(found: Sequence[Importance], search: Search) -> Picture:
    """Share of the variance of mean scores that each setting explains; the tick is what chance alone reaches."""
    figure, axes = _new(6.5, 1.4 + 0.42 * len(found))
    for row, each in enumerate(found):
        axes.barh(row, each.share, height=0.55, color=_BLUE if each.share > each.noise else _GREY)
        axes.plot([each.noise, each.noise], [row - 0.4, row + 0.4], color=_RED, linewidth=1.6)
        text = f"{each.share:.0%}"
        if each.sign is not None and each.share > each.noise and abs(each.sign) > _CLEAR:
            text += f", more is {'better' if each.sign > 0 else 'worse'} (ρ = {each.sign:+.2f})"
        axes.text(max(each.share, each.noise) + 0.015, row, text, va="center", fontsize=8, color=_INK)
    axes.set_yticks(range(len(found)), [each.setting for each in found], fontsize=9)
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.set_xlim(0, 1.35)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.set_xlabel(f"share of the variance of mean {search.spec.task.metric.word} explained", fontsize=9)
    axes.grid(axis="x", color=_LIGHT, linewidth=0.8)
    _title(figure, "red tick: what a setting without effect reaches in 5 of 100 shuffles · grey: not above it")
    return _picture(figure)


@dataclass(frozen=True, eq=False)
class _Axis:
    """One vertical axis: its name, where each configuration crosses it (0 to 1), and (height, text) of its ticks."""

    name: str
    heights: NDArray[np.float64]
    ticks: list[tuple[float, str]]

    @classmethod
    def of_setting(cls, setting: str, search: Search, trials: Sequence[Trial]) -> "_Axis":
        values, space = [values_of(trial.settings, search.spec)[setting] for trial in trials], search.spec.space[setting]
        if not isinstance(space, Range):
            kinds = list(dict.fromkeys(space))
            place = {kind: (number + 0.5) / len(kinds) for number, kind in enumerate(kinds)}
            ticks = [(height, readable_value(kind)) for kind, height in place.items()]
            return cls(setting, np.array([place[value] for value in values]), ticks)
        scale = np.log if space.log else np.asarray
        low, high = (float(scale(float(end))) for end in (space.low, space.high))
        heights = (np.array([float(scale(float(value))) for value in values]) - low) / (high - low)
        return cls(setting, heights, [(0.0, readable_value(float(space.low))), (1.0, readable_value(float(space.high)))])

    @classmethod
    def of_scores(cls, name: str, scores: NDArray[np.float64]) -> "_Axis":
        low, high = float(scores.min()), float(scores.max())
        if low == high:
            return cls(f"mean {name}", np.full(len(scores), 0.5), [(0.5, f"{low:.4f}")])
        return cls(f"mean {name}", (scores - low) / (high - low), [(0.0, f"{low:.4f}"), (1.0, f"{high:.4f}")])


def draw_preview(rows: Sequence[Row], classes: Sequence[str], preset: Augmentation) -> Picture:
    """Cases in rows: as prepared, then as augmentation draws them; classes as outlines, each in its colour."""
    n_columns = len(rows[0].views)
    figure = _figure(1.7 * n_columns + 0.4, 1.7 * len(rows) + 0.6)
    grid = figure.subplots(len(rows), n_columns, squeeze=False)
    for row, line in zip(rows, grid, strict=True):
        low, high = np.percentile(row.views[0].pixels, [0.5, 99.5])
        for view, axes in zip(row.views, line, strict=True):
            axes.imshow(view.pixels, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
            axes.set_xticks([])
            axes.set_yticks([])
            for value, colour in zip(range(1, len(classes) + 1), itertools.cycle(_OUTLINES), strict=False):
                if view.mask is not None and (view.mask == value).any():
                    axes.contour(view.mask == value, levels=[0.5], colors=[colour], linewidths=1.2)
        line[0].set_ylabel(row.label, fontsize=8, color=_INK)
    grid[0][0].set_title("as prepared", fontsize=8, color=_INK)
    for axes in grid[0][1:]:
        axes.set_title(f"augmentation {preset.value}", fontsize=8, color=_INK)
    for name, colour in zip(classes, itertools.cycle(_OUTLINES), strict=False):
        grid[-1][0].plot([], [], color=colour, label=name)
    if classes:
        figure.legend(loc="outside lower left", ncols=len(classes), fontsize=8, frameon=False)
    return _picture(figure)


def _new(width: float, height: float) -> "tuple[Figure, Axes]":
    figure = _figure(width, height)
    axes = figure.add_subplot()
    _plain(axes)
    return figure, axes


def _figure(width: float, height: float) -> "Figure":
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib is not installed", remedy="pip install 'cauce[train]'") from None
    return Figure(figsize=(width, height), dpi=_DPI, layout="constrained")


def _plain(axes: "Axes") -> None:
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(_GREY)
    axes.tick_params(colors=_INK, labelsize=8)


def _title(figure: "Figure", text: str) -> None:
    figure.suptitle(text, fontsize=8, color=_INK, x=0.01, ha="left")  # of the figure: names of configurations leave axes narrow


def _picture(figure: "Figure") -> Picture:
    """The same drawing gives the same bytes: no date, no random names."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    png, svg = io.BytesIO(), io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "cauce"}):
        figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return Picture(png.getvalue(), svg.getvalue())
