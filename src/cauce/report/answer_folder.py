"""What `cauce predict` leaves behind for a model of several classes, of findings or of a number: `predictions.csv`."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import CauceError, InputError
from cauce.domain.experiment import Task
from cauce.domain.model import ModelContract
from cauce.domain.result import Refusal
from cauce.store.atomic import write_bytes

TABLE = "predictions.csv"

Outputs = NDArray[np.float64]
ImageAnswer = tuple[str, Outputs | Refusal]
"""Name of an image, and its outputs (k,), or why nothing could be said."""


@dataclass(frozen=True)
class AnswerSummary:
    """How many images were answered and refused, and of several classes how many were called each."""

    answered: int
    refused: int
    called: dict[str, int]

    @property
    def total(self) -> int:
        """All images."""
        return self.answered + self.refused


@dataclass(frozen=True)
class _Form:
    """Columns of the table for an answer, and the cells under them."""

    header: tuple[str, ...]
    cells: Callable[[Outputs], tuple[str, ...]]


def write_answer_table(out: Path, answers: Iterable[ImageAnswer], contract: ModelContract) -> AnswerSummary:
    """Write the table when every image has its answer; other files of the folder stay.

    Raises:
        InputError: `out` is a file.
        CauceError: every image was refused; nothing is written.
    """
    if out.exists() and not out.is_dir():
        raise InputError("not a folder", where=out.name, remedy="Give --out a folder.")
    form, classes = _form_of(contract), contract.reference.classes
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("instance", *form.header, "code", "reason"))
    called: Counter[str] = Counter()
    refusals = []
    for name, answer in answers:
        if isinstance(answer, Refusal):
            refusals.append((name, answer))
            writer.writerow((name, *("" for _ in form.header), answer.code, answer.reason))
            continue
        cells = form.cells(answer)
        called[cells[0]] += 1
        writer.writerow((name, *cells, "", ""))
    if refusals and not called:
        raise _all_refused(refusals)
    out.mkdir(parents=True, exist_ok=True)
    write_bytes(out / TABLE, stream.getvalue().encode())
    by_class = {name: called[name] for name in classes} if contract.task is Task.MULTI_CLASS else {}
    return AnswerSummary(called.total(), len(refusals), by_class)


def _form_of(contract: ModelContract) -> _Form:
    classes = contract.reference.classes
    probabilities = tuple(f"probability_{name}" for name in classes)
    if contract.task is Task.MULTI_CLASS:
        return _Form(("predicted", *probabilities), lambda found: (classes[int(found.argmax())], *_written(found)))
    if contract.task is Task.MULTI_LABEL:
        return _Form(probabilities, _written)
    return _Form(("number", "unit"), lambda found: (*_written(found), contract.reference.unit or "1"))


def _written(outputs: Outputs) -> tuple[str, ...]:
    return tuple(repr(float(each)) for each in outputs)


def _all_refused(refusals: list[tuple[str, Refusal]]) -> CauceError:
    name, refusal = refusals[0]
    several = f"all {len(refusals)} images were refused, the first because: " if len(refusals) > 1 else ""
    return InputError(several + refusal.reason, where=name, expected=refusal.expected, got=refusal.got,
                      remedy="Nothing was written. Give images that the model was made for.")
