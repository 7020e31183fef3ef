"""What `cauce predict` leaves behind for a model of several classes: `predictions.csv`."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import CauceError, InputError
from cauce.domain.result import Refusal
from cauce.store.atomic import write_bytes

TABLE = "predictions.csv"

ClassAnswer = tuple[str, NDArray[np.float64] | Refusal]
"""Name of an image, and its probabilities (classes,), or why nothing could be said."""


@dataclass(frozen=True)
class ClassSummary:
    """How many images were called each class, and how many refused."""

    called: dict[str, int]
    refused: int

    @property
    def total(self) -> int:
        """All images."""
        return sum(self.called.values()) + self.refused


def write_class_table(out: Path, answers: Iterable[ClassAnswer], classes: tuple[str, ...]) -> ClassSummary:
    """Write the table when every image has its answer; other files of the folder stay.

    Raises:
        InputError: `out` is a file.
        CauceError: every image was refused; nothing is written.
    """
    if out.exists() and not out.is_dir():
        raise InputError("not a folder", where=out.name, remedy="Give --out a folder.")
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("instance", "predicted", *(f"probability_{name}" for name in classes), "code", "reason"))
    called, refusals = dict.fromkeys(classes, 0), []
    for name, answer in answers:
        if isinstance(answer, Refusal):
            refusals.append((name, answer))
            writer.writerow((name, "", *("" for _ in classes), answer.code, answer.reason))
            continue
        predicted = classes[int(answer.argmax())]
        called[predicted] += 1
        writer.writerow((name, predicted, *(repr(float(each)) for each in answer), "", ""))
    if refusals and not any(called.values()):
        raise _all_refused(refusals)
    out.mkdir(parents=True, exist_ok=True)
    write_bytes(out / TABLE, stream.getvalue().encode())
    return ClassSummary(called, len(refusals))


def _all_refused(refusals: list[tuple[str, Refusal]]) -> CauceError:
    name, refusal = refusals[0]
    several = f"all {len(refusals)} images were refused, the first because: " if len(refusals) > 1 else ""
    return InputError(several + refusal.reason, where=name, expected=refusal.expected, got=refusal.got,
                      remedy="Nothing was written. Give images that the model was made for.")
