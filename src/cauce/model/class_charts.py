"""Picture of an evaluation of several classes, the ROC curve of each against the rest, or of several findings."""

from collections.abc import Sequence

from cauce.metrics.cases import Cases
from cauce.metrics.curves import roc_curve
from cauce.model.class_scoring import ClassAnswers
from cauce.model.label_scoring import LabelAnswers
from cauce.model.mask_charts import colours
from cauce.model.matplotlib_adapter import new_axes, png


def class_roc_png(answers: ClassAnswers | LabelAnswers, classes: Sequence[str]) -> bytes:
    """One curve for each class."""
    figure, axes = new_axes("1 − specificity", "Sensitivity")
    for number, (name, colour) in enumerate(zip(classes, colours(len(classes)), strict=True)):
        cases = Cases.of(answers.wanted[:, number], answers.score[:, number], answers.patient)
        axes.plot(*roc_curve(cases), color=colour, linewidth=2, label=name)
    axes.legend(loc="lower right", frameon=False, fontsize=9)
    return png(figure)
