"""What a good engineer checks by hand: the picture, one batch, dummy data, shuffled labels, the learning rate."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cauce.domain.errors import CauceError
from cauce.domain.experiment import Augmentation, ExperimentSpec, Metric, Precision, TrainingSettings
from cauce.domain.experiment_check import Check
from cauce.domain.search_plan import Range, Value
from cauce.experiment.check_data import (
    dummy_images,
    dummy_volumes,
    one_case,
    one_image_batch,
    shuffled_images,
    shuffled_volumes,
)
from cauce.experiment.draw_check import draw_rates, draw_training
from cauce.experiment.draw_preview import draw_preview
from cauce.experiment.fold import FailedFold, FoldTask, TrainedFold
from cauce.experiment.look import look
from cauce.experiment.matplotlib_adapter import Picture
from cauce.experiment.prepare import TrainImages
from cauce.experiment.preview import rows_of
from cauce.experiment.start import Starts
from cauce.experiment.train_data import TrainData

_STEPS = 96  # of a training that has something to learn
_LARGEST_BATCH = 32  # of images
_LARGEST_PATCHES = 2  # of volumes: a step of theirs costs as much as many of images
_HELD_OUT = 0  # the fold that real data are held out from
LEARNT = {Metric.AUC: 0.95, Metric.MACRO_AUC: 0.95, Metric.DICE: 0.7, Metric.R2: 0.7}
"""Score that obvious data must reach."""

_ABOVE_CHANCE = 2.6  # standard errors: one in two hundred
_DICE_MARGIN = 0.15
_LEAST_FALL = 0.25  # of the training loss of one batch: eight cases can stand in the right order by luck
_TOO_LOW = 300.0  # times below the rate at which the loss falls fastest


@dataclass(frozen=True)
class Outcome:
    """Verdict of one check, and its figure."""

    passed: bool
    sentence: str
    picture: Picture | None = None


@dataclass(frozen=True, eq=False)
class Bench:
    """What the checks share."""

    spec: ExperimentSpec
    settings: TrainingSettings
    data: TrainData
    folder: Path
    starts: Starts = field(default_factory=dict)

    def rng(self, check: Check) -> np.random.Generator:
        """Of its own for each check, so that one can be repeated without the others."""
        return np.random.default_rng([self.spec.seed, list(Check).index(check)])

    def task(self, check: Check, settings: TrainingSettings, fold: int = 0) -> FoldTask:
        """A training that nobody keeps."""
        precision = Precision.FLOAT32 if settings.precision is Precision.AUTO else settings.precision
        return FoldTask(
            identity=f"{list(Check).index(check):064x}", settings=settings, fold=fold, seed=self.spec.seed, precision=precision,
            checkpoint=self.folder / f"{check.value}.safetensors",
            start=self.starts[settings.start_from, 0] if settings.start_from else None,
        )

    def trained(self, check: Check, settings: TrainingSettings, data: TrainData) -> TrainedFold:
        """Train on all folds but fold 0.

        Raises:
            CauceError: the training failed.
        """
        from cauce.experiment.train import train_fold

        outcome = train_fold(self.task(check, settings), data, tell=lambda _: None)
        if isinstance(outcome, FailedFold):
            raise CauceError(outcome.error)
        return outcome


def _picture(bench: Bench) -> Outcome:
    """What the network sees, for an eye, and what can be said without one."""
    passed, sentence = look(bench.data, bench.rng(Check.PICTURE))
    classes = () if isinstance(bench.data, TrainImages) else bench.data.classes
    rows = rows_of(bench.data, bench.settings, seed=bench.spec.seed)
    return Outcome(passed, sentence, draw_preview(rows, classes, bench.settings.augmentation))


def _one_batch(bench: Bench) -> Outcome:
    """A network that cannot learn one batch by heart will learn nothing else."""
    bare: dict[str, Value] = {"augmentation": Augmentation.NONE.value, "dropout": 0, "label_smoothing": 0, "weight_decay": 0}
    if isinstance(bench.data, TrainImages):
        size = _batch(bench.settings, bench.data)
        data: TrainData = one_image_batch(bench.data, size, bench.folder, bench.rng(Check.ONE_BATCH))
        settings = _changed(bench.settings, {**bare, "batch_size": size, "epochs": _STEPS // 8})
    else:
        data = one_case(bench.data)
        settings = _changed(bench.settings, {**bare, "batch_size": 1, "patches_per_volume": _STEPS // 8, "epochs": 8})
        settings = _changed(settings, {"foreground_share": max(settings.foreground_share, 0.5)})
    fold = bench.trained(Check.ONE_BATCH, settings, data)
    score, least = fold.curve[-1].score, LEARNT[bench.spec.task.metric]
    fell = 1 - fold.curve[-1].train_loss / fold.curve[0].train_loss
    what = f"the same {'batch' if isinstance(data, TrainImages) else 'case'} again and again"
    sentence = (
        f"trained on {what}, {_word(bench)} on it {score:.3f} (at least {least:g}), training loss fell by {fell:.0%} "
        f"(at least {_LEAST_FALL:.0%})"
    )
    passed = score >= least and fell >= _LEAST_FALL
    return Outcome(passed, sentence + ("" if passed else _HINT), draw_training(fold.curve, least=least))


def _dummy(bench: Bench) -> Outcome:
    """What a child would see must be learnt, with the experiment's own settings."""
    if isinstance(bench.data, TrainImages):
        data: TrainData = dummy_images(bench.data, bench.folder, bench.rng(Check.DUMMY_DATA))
    else:
        data = dummy_volumes(bench.data, bench.folder, bench.rng(Check.DUMMY_DATA))
    fold = bench.trained(Check.DUMMY_DATA, _short(bench.settings, data), data)
    score, least = fold.best.score, LEARNT[bench.spec.task.metric]
    what = data.said().obvious if isinstance(data, TrainImages) else "a bright ball for each class"
    sentence = f"{what}: {_word(bench)} {score:.3f} on held-out dummies (at least {least:g})"
    return Outcome(score >= least, sentence + ("" if score >= least else _HINT), draw_training(fold.curve, least=least))


def _shuffled(bench: Bench) -> Outcome:
    """Where there is nothing to learn, a good score on held-out cases means that something leaks."""
    data: TrainData
    rng = bench.rng(Check.SHUFFLED_LABELS)
    if isinstance(bench.data, TrainImages):
        images = shuffled_images(bench.data, _HELD_OUT, bench.folder, rng)
        data, most = images, images.said(images.fold == 0).highest_by_chance(_ABOVE_CHANCE)
    else:
        volumes = shuffled_volumes(bench.data, _HELD_OUT, bench.folder, rng)
        share = float(np.mean([(volumes.mask(number) > 0).mean() for number in range(len(volumes.cases))]))
        data, most = volumes, 2 * share / (1 + share) + _DICE_MARGIN  # marking everything gives the Dice of the first term
    fold = bench.trained(Check.SHUFFLED_LABELS, _short(bench.settings, data), data)
    score = fold.curve[-1].score
    sentence = f"labels dealt out anew: {_word(bench)} {score:.3f} on held-out cases (at most {most:.3f}, chance and its noise)"
    passed = score <= most
    leak = "; held-out cases are known from training: look for copies in several folds"
    return Outcome(passed, sentence + ("" if passed else leak), draw_training(fold.curve, most=most))


def _rate(bench: Bench) -> Outcome:
    """The rates that the experiment tries lie below the one from which training diverges, and near where the loss falls."""
    from cauce.experiment.rate_range import rate_range

    size = _batch(bench.settings, bench.data)
    settings = _changed(bench.settings, {"batch_size": size, "augmentation": Augmentation.NONE.value})
    asked = sorted(_asked_rates(bench.spec))
    found = rate_range(bench.task(Check.LEARNING_RATE, settings, _HELD_OUT), bench.data, asked)
    tried = f"the experiment tries {asked[0]:g}" + (f" to {asked[-1]:g}" if len(asked) > 1 else "")
    if found.fastest is None:
        text = f"the loss falls at no rate up to {found.rates[-1]:.2g}; {tried}{_HINT}"
        return Outcome(False, text, draw_rates(found, asked))
    highest = f"no divergence up to {found.rates[-1]:.2g}"
    bound = f"training diverges from {found.diverges:.2g} on" if found.diverges else highest
    text = f"the loss falls fastest at {found.fastest:.2g}, {bound}; {tried}"
    if found.diverges and asked[-1] >= found.diverges:
        return Outcome(False, f"{text}: the highest is too high", draw_rates(found, asked))
    if asked[-1] < found.fastest / _TOO_LOW:
        return Outcome(False, f"{text}: the highest is too low", draw_rates(found, asked))
    return Outcome(True, text, draw_rates(found, asked))


CHECKS: dict[Check, Callable[[Bench], Outcome]] = {
    Check.PICTURE: _picture, Check.ONE_BATCH: _one_batch, Check.DUMMY_DATA: _dummy, Check.SHUFFLED_LABELS: _shuffled,
    Check.LEARNING_RATE: _rate,
}
_HINT = "; look at the learning rate, the loss, the normalisation, and at what is frozen"


def _asked_rates(spec: ExperimentSpec) -> Iterator[float]:
    values = spec.space.get("learning_rate", (spec.training.learning_rate,))
    yield from (float(value) for value in ((values.low, values.high) if isinstance(values, Range) else values))


def _short(settings: TrainingSettings, data: TrainData) -> TrainingSettings:
    """As many epochs as make the steps of a short training."""
    n_train = int((data.fold != 0).sum())
    batch = min(_batch(settings, data), n_train)
    patches = settings.patches_per_volume if not isinstance(data, TrainImages) else 1
    steps = max(n_train * patches // batch, 1)
    return _changed(settings, {"batch_size": batch, "epochs": max(math.ceil(_STEPS / steps), 2)})


def _batch(settings: TrainingSettings, data: TrainData) -> int:
    return min(settings.batch_size, _LARGEST_BATCH if isinstance(data, TrainImages) else _LARGEST_PATCHES)


def _changed(settings: TrainingSettings, changes: Mapping[str, Value]) -> TrainingSettings:
    return TrainingSettings.model_validate({**settings.model_dump(), **changes})


def _word(bench: Bench) -> str:
    return bench.spec.task.metric.word
