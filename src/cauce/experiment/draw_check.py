"""Figures of the checks: learning curves with their bound, loss against learning rate."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cauce.domain.experiment import EpochRecord
from cauce.experiment.matplotlib_adapter import BLUE, GREY, INK, LIGHT, RED, Picture, new_figure, new_grid, picture_of

if TYPE_CHECKING:
    from cauce.experiment.rate_range import RateRange


def draw_training(curve: Sequence[EpochRecord], *, least: float | None = None, most: float | None = None) -> Picture:
    """Losses on the left, score on the right with what it must reach, or must not."""
    figure, (losses, scores) = new_grid(1, 2, width=7.5, height=2.9)
    epochs = [record.epoch + 1 for record in curve]
    losses.plot(epochs, [record.train_loss for record in curve], color=BLUE, label="training loss")
    losses.plot(epochs, [record.validation_loss for record in curve], color=GREY, label="held-out loss")
    scores.plot(epochs, [record.score for record in curve], color=BLUE, marker="o", markersize=3, label=curve[0].metric.word)
    for bound, text in ((least, "at least"), (most, "at most")):
        if bound is not None:
            scores.axhline(bound, color=RED, linewidth=1.4, linestyle=(0, (4, 3)), label=f"{text} {bound:.3g}")
    scores.set_ylim(-0.02, 1.04)
    for axes in (losses, scores):
        axes.set_xlabel("epoch", fontsize=9)
        axes.grid(color=LIGHT, linewidth=0.8)
        axes.legend(frameon=False, fontsize=8)
    return picture_of(figure)


def draw_rates(found: "RateRange", asked: Sequence[float]) -> Picture:
    """Loss against learning rate; what the experiment asks for is shaded."""
    figure, axes = new_figure(6.0, 3.1)
    axes.plot(found.rates, found.losses, color=GREY, linewidth=0.8, alpha=0.7, label="loss of a step")
    axes.plot(found.rates, found.smooth, color=BLUE, linewidth=2, label="smoothed")
    axes.axvspan(asked[0] * 0.96, asked[-1] * 1.04, color=BLUE, alpha=0.12, linewidth=0, label="tried by the experiment")
    if found.fastest:
        axes.axvline(found.fastest, color=INK, linewidth=1, linestyle=(0, (1, 2)), label=f"falls fastest, {found.fastest:.2g}")
    if found.diverges:
        axes.axvline(found.diverges, color=RED, linewidth=1.4, linestyle=(0, (4, 3)), label=f"diverges, {found.diverges:.2g}")
    low, high = min(found.smooth), max(found.smooth[: max(len(found.smooth) // 2, 1)])
    axes.set(xscale="log", ylim=(low - 0.2 * (high - low), high + (high - low) + 1e-6))  # what bursts leaves the picture
    axes.set_xlabel("learning rate", fontsize=9)
    axes.grid(color=LIGHT, linewidth=0.8)
    axes.legend(frameon=False, fontsize=7.5, loc="upper left", ncols=2)
    return picture_of(figure)
