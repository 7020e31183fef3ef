"""What the progress of a search says: epochs and folds done, the best trial so far, the time left."""

import time
from collections.abc import Callable, Sequence

from cauce.domain.experiment import Trial
from cauce.domain.progress import Progress

STEP = "train folds, epochs"
_SECONDS_A_MINUTE = 60


class Standing:
    """Counts what is done, whoever did it, and tells it.

    Args:
        progress: told `"train folds, epochs · 7 of 60 folds · best 0.9964 (…) · about 12 min left"`, epochs done, all epochs.
        n_folds, n_epochs: of the whole search.
        clock: seconds.
    """

    def __init__(
        self, progress: Progress, *, n_folds: int, n_epochs: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._progress, self._clock = progress, clock
        self._folds, self._folds_done = n_folds, 0
        self._total, self._done = n_epochs, 0
        self._trained, self._begin = 0, clock()
        self._best = ""
        self._tell()

    def trained(self, epochs: int) -> None:
        """Epochs that were trained now."""
        self._trained += epochs
        self._add(epochs)

    def found(self, epochs: int) -> None:
        """Epochs that were trained before, or by another process, or that are not needed any more."""
        self._add(epochs)

    def fold_ended(self, ended: Sequence[Trial], *, skipped: int = 0) -> None:
        """A fold is over, and with it perhaps a trial.

        Args:
            ended: all trials that are over.
            skipped: folds that are not trained, since their trial was pruned.
        """
        self._folds_done += 1 + skipped
        best = max((trial for trial in ended if trial.score is not None), key=lambda trial: trial.score or 0.0, default=None)
        self._best = f" · best {best.mean:.4f} ± {best.standard_deviation:.4f} ({best.name})" if best else ""
        self._tell()

    def over(self) -> None:
        """Nothing is left; draws may end early where every configuration was tried."""
        self._add(self._total - self._done)

    def _add(self, epochs: int) -> None:
        if epochs:
            self._done = min(self._done + epochs, self._total)
            self._tell()

    def _tell(self) -> None:
        text = f"{STEP} · {min(self._folds_done, self._folds)} of {self._folds} folds{self._best}{self._left()}"
        self._progress(text, self._done, self._total)

    def _left(self) -> str:
        remaining = self._total - self._done
        if not self._trained or not remaining:
            return ""
        minutes = remaining * (self._clock() - self._begin) / self._trained / _SECONDS_A_MINUTE
        return f" · about {minutes:.0f} min left" if minutes >= 1 else " · less than a minute left"
