"""Pictures of a search: its folds, its configurations side by side, and what mattered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.experiment import Search, Selection, Trial
from cauce.domain.search_plan import Range
from cauce.experiment.grid import readable_value, values_of
from cauce.experiment.importance import Importance
from cauce.experiment.matplotlib_adapter import BLUE, GREY, INK, LIGHT, RED, Picture, new_figure, picture_of, title
from cauce.experiment.trial import fold_scores

_MOST_ROWS = 40
_CLEAR = 0.3  # rank correlation, below which a setting is best somewhere in the middle, or nowhere


def draw_folds(search: Search, selection: Selection) -> Picture:
    """Every fold as a dot, mean ± standard deviation as a bar; the best on top, the kept one red, its equals blue."""
    ranked = sorted(
        ((number, trial) for number, trial in enumerate(search.trials) if trial.mean is not None),
        key=lambda each: each[1].score if each[1].score is not None else (each[1].mean or 0.0) - 10, reverse=True,
    )[:_MOST_ROWS]
    figure, axes = new_figure(7.5, 1.3 + 0.3 * len(ranked))
    for row, (number, trial) in enumerate(ranked):
        colour = RED if number == selection.trial else BLUE if number in selection.equals else GREY
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
    axes.grid(axis="x", color=LIGHT, linewidth=0.8)
    title(figure, "red: kept · blue: not to be told from the best · grey: worse, less stable or pruned")
    return picture_of(figure)


def draw_parallel(search: Search, selection: Selection) -> Picture:
    """One line a configuration through its settings to its mean score; dark is good, red is kept, dashes are pruned."""
    trials = [(number, trial) for number, trial in enumerate(search.trials) if trial.mean is not None]
    axes_of = [_Axis.of_setting(setting, search, [trial for _, trial in trials]) for setting in search.spec.space]
    means = np.array([trial.mean or 0.0 for _, trial in trials])
    axes_of.append(_Axis.of_scores(search.spec.task.metric.word, means))
    order = np.argsort(np.argsort(means)) / max(len(means) - 1, 1)
    figure, axes = new_figure(1.5 + 1.7 * len(axes_of), 4.2)
    for position in np.argsort(means):
        number, trial = trials[position]
        kept = number == selection.trial
        axes.plot(
            range(len(axes_of)), [axis.heights[position] for axis in axes_of], color=RED if kept else BLUE,
            alpha=1.0 if kept else 0.15 + 0.75 * order[position], linewidth=2.4 if kept else 1.2,
            linestyle=(0, (4, 3)) if trial.pruned else "-", zorder=3 if kept else 2,
        )
    for column, axis in enumerate(axes_of):
        axes.axvline(column, color=GREY, linewidth=1, zorder=1)
        for height, text in axis.ticks:
            axes.text(column + 0.03, height, text, fontsize=7.5, color=INK, va="center", zorder=4,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8})
    axes.set_xticks(range(len(axes_of)), [axis.name for axis in axes_of], fontsize=9)
    axes.set_yticks([])
    axes.set(xlim=(-0.15, len(axes_of) - 0.55), ylim=(-0.05, 1.05))
    axes.spines["left"].set_visible(False)
    title(figure, "one line a configuration · red: kept · dark: good · dashed: pruned")
    return picture_of(figure)


def draw_importance(found: Sequence[Importance], search: Search) -> Picture:
    """Share of the variance of mean scores that each setting explains; the tick is what chance alone reaches."""
    figure, axes = new_figure(6.5, 1.4 + 0.42 * len(found))
    for row, each in enumerate(found):
        axes.barh(row, each.share, height=0.55, color=BLUE if each.share > each.noise else GREY)
        axes.plot([each.noise, each.noise], [row - 0.4, row + 0.4], color=RED, linewidth=1.6)
        text = f"{each.share:.0%}"
        if each.sign is not None and each.share > each.noise and abs(each.sign) > _CLEAR:
            text += f", more is {'better' if each.sign > 0 else 'worse'} (ρ = {each.sign:+.2f})"
        axes.text(max(each.share, each.noise) + 0.015, row, text, va="center", fontsize=8, color=INK)
    axes.set_yticks(range(len(found)), [each.setting for each in found], fontsize=9)
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.set_xlim(0, 1.35)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.set_xlabel(f"share of the variance of mean {search.spec.task.metric.word} explained", fontsize=9)
    axes.grid(axis="x", color=LIGHT, linewidth=0.8)
    title(figure, "red tick: what a setting without effect reaches in 5 of 100 shuffles · grey: not above it")
    return picture_of(figure)


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
