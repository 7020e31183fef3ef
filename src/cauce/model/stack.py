"""Several configurations as one model: a head weighs their answers, fitted to cases of train that each did not learn from."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError
from cauce.domain.model import StackCard
from cauce.domain.progress import Progress
from cauce.domain.split import Partition
from cauce.domain.study import InstanceRow
from cauce.metrics.ranking import placements
from cauce.model.scoring import Images, partition_rows
from cauce.model.selected import Selected
from cauce.predictor.preprocess import apply
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    from torch import nn

    from cauce.predictor.networks.stack_head import StackHead

_BATCH = 32

Logits = NDArray[np.float64]


def fitted_head(
    workspace: Workspace, selected: Selected, networks: "Sequence[Sequence[nn.Module]]", *, data_root: Path | None,
    progress: Progress,
) -> "tuple[StackHead, StackCard]":
    """The head of the configurations' answers, and how it compares with their plain mean.

    Args:
        networks: of each configuration its folds' networks, in the order of its runs.

    Raises:
        InputError: the configurations were trained on different folds, or one class is missing.
        IntegrityError: an image was changed.
    """
    from cauce.predictor.networks.stack_head import fit_head

    trials, seed = selected.members, selected.search.spec.seed
    folds = [run.fold for run in trials[0].runs]
    if any([run.fold for run in trial.runs] != folds for trial in trials):
        raise InputError("the configurations to stack were trained on different folds", where=selected.name,
                         remedy="Run `cauce experiment search` again; it continues where it stopped.")
    fold_of = selected.split.fold_of()
    rows = [row for row in partition_rows(workspace, selected.cohort, selected.split, Partition.TRAIN)
            if fold_of[row.patient_key] in folds]
    fold = np.array([fold_of[row.patient_key] for row in rows])
    positive = np.array([row.label in selected.cohort.spec.reference.positive for row in rows])
    images = Images.of(workspace, selected.cohort, data_root)
    logits = np.zeros((len(rows), len(trials)))
    for place, number in enumerate(folds):
        held_out = np.flatnonzero(fold == number)
        asked = [networks[member][place] for member in range(len(trials))]
        told = _Told(progress, done=int((fold < number).sum()), total=len(rows))
        logits[held_out] = _answers([rows[row] for row in held_out], asked, selected, images, told)
    head = fit_head(logits, positive, seed=seed)

    def left_out(number: int) -> Logits:
        others = fit_head(logits[fold != number], positive[fold != number], seed=seed)
        return _weighed(others, logits[fold == number])

    crossed = _by_fold(folds, fold, left_out)
    card = StackCard(
        members=tuple(trial.name for trial in trials), n_cases=len(rows),
        auc_of_mean=_area(positive, logits.mean(axis=1)), auc_of_head=_area(positive, crossed),
    )
    return head, card


class _Told:
    """Progress of one fold as part of the whole."""

    def __init__(self, progress: Progress, *, done: int, total: int) -> None:
        self._progress, self._done, self._total = progress, done, total

    def __call__(self, more: int) -> None:
        self._progress("answers for the stack", self._done + more, self._total)


def _answers(
    rows: Sequence[InstanceRow], networks: "Sequence[nn.Module]", selected: Selected, images: Images, told: _Told
) -> Logits:
    """(n, models) logits of images that none of the networks learnt from."""
    import torch

    found = []
    for start, chunk in _chunks(rows):
        told(start)
        recipe = selected.search.spec.preprocess
        pixels = np.stack([apply(recipe, images.load(row).image.pixels) for row in chunk])[:, None].astype(np.float32)
        with torch.no_grad():
            each = [network(torch.from_numpy(pixels))[0].double().numpy() for network in networks]
        found.append(np.stack(each, axis=1))
    told(len(rows))
    return np.concatenate(found)


def _chunks(rows: Sequence[InstanceRow]) -> Iterator[tuple[int, Sequence[InstanceRow]]]:
    for start in range(0, len(rows), _BATCH):
        yield start, rows[start : start + _BATCH]


def _by_fold(folds: Sequence[int], fold: NDArray[np.int_], answer: Callable[[int], Logits]) -> Logits:
    """(n,) answers of heads that were fitted to the other folds."""
    found = np.zeros(len(fold))
    for number in folds:
        found[fold == number] = answer(number)
    return found


def _weighed(head: "StackHead", logits: Logits) -> Logits:
    import torch

    with torch.no_grad():
        found: Logits = head(torch.from_numpy(logits).float())[0].double().numpy()
    return found


def _area(positive: NDArray[np.bool_], logits: Logits) -> float:
    return float(placements(positive, logits)[0].mean())
