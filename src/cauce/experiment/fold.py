"""What goes to a process that trains one fold, and what comes back. No torch here: the search itself does not need it."""

from dataclasses import dataclass
from pathlib import Path

from cauce.domain.experiment import EpochRecord, FrozenPeriod, Precision, StartRecord, TrainingSettings
from cauce.experiment.start import Start


@dataclass(frozen=True)
class FoldTask:
    """One training.

    Attributes:
        identity: digest of everything that decides it; ties a checkpoint to it.
        precision: what `settings.precision` became; never AUTO.
        checkpoint: file that holds its state while it is unfinished.
        start: weights it begins with; None for new ones.
        micro_batch: as in `TrainingSettings`, where an earlier attempt found too little memory; None for what the settings say.
    """

    identity: str
    settings: TrainingSettings
    fold: int
    seed: int
    precision: Precision
    checkpoint: Path
    start: Start | None = None
    micro_batch: int | None = None


@dataclass(frozen=True)
class FoldStarted:
    """Said once before the first epoch; `epochs_done` is above 0 when an interrupted training goes on."""

    epochs_done: int


@dataclass(frozen=True, eq=False)
class TrainedFold:
    """Result of one training.

    Attributes:
        weights: safetensors of the best epoch's averaged weights.
        n_train, n_validation: images.
        micro_batch, gflops, start, frozen: as in `Run`.
    """

    weights: bytes
    best: EpochRecord
    curve: tuple[EpochRecord, ...]
    n_train: int
    n_validation: int
    n_parameters: int
    precision: Precision
    device: str
    micro_batch: int | None = None
    gflops: float | None = None
    start: StartRecord | None = None
    frozen: tuple[FrozenPeriod, ...] = ()


@dataclass(frozen=True)
class FailedFold:
    """A training that ended with an error; `error` is one line without patient data."""

    error: str


FoldOutcome = TrainedFold | FailedFold
FoldEvent = FoldStarted | EpochRecord
