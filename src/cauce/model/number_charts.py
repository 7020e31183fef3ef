"""Pictures of an evaluation of numbers: against the reference, and their agreement."""

from cauce.model.matplotlib_adapter import BLUE, GREY, RED, new_axes, png
from cauce.model.number_scoring import NumberAnswers

_LIMITS = 1.96


def scatter_png(answers: NumberAnswers, unit: str) -> bytes:
    """Measured against reference; instances without an answer are not drawn."""
    known = ~answers.missing
    reference, measured = answers.reference[known], answers.measured[known]
    figure, axes = new_axes(f"Reference ({unit})", f"Measured ({unit})")
    if len(reference):
        ends = [float(min(reference.min(), measured.min())), float(max(reference.max(), measured.max()))]
        axes.plot(ends, ends, color=GREY, linewidth=0.8)
        axes.plot(reference, measured, "o", color=BLUE, alpha=0.55, markersize=4, mew=0)
    return png(figure)


def agreement_png(answers: NumberAnswers, unit: str) -> bytes:
    """Bland–Altman plot. Source: Bland and Altman 1986, 10.1016/S0140-6736(86)90837-8."""
    known = ~answers.missing
    reference, measured = answers.reference[known], answers.measured[known]
    figure, axes = new_axes(f"Mean of both ({unit})", f"Measured − reference ({unit})")
    gaps = measured - reference
    if len(gaps) > 1:
        mean, spread = float(gaps.mean()), float(gaps.std(ddof=1))
        axes.plot((reference + measured) / 2, gaps, "o", color=BLUE, alpha=0.55, markersize=4, mew=0)
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.axhline(mean, color=RED, linewidth=1.4, label=f"mean {mean:+.3g}")
        low, high = mean - _LIMITS * spread, mean + _LIMITS * spread
        for limit, label in ((low, None), (high, f"limits of agreement {low:+.3g} to {high:+.3g}")):
            axes.axhline(limit, color=RED, linewidth=1, linestyle=(0, (4, 3)), label=label)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=7.5)
    return png(figure)
