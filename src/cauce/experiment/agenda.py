"""Which trials a search has, which folds are still wanted, and which trials are over.

A function of the specification and of the runs put in, whoever trained them and in whatever order they came: several processes,
and a search that was interrupted, arrive at the same trials.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cauce.domain.experiment import ExperimentSpec, Run, TrainingSettings, Trial
from cauce.domain.search_plan import SearchMethod
from cauce.experiment.grid import configurations, readable_name, values_of, with_values
from cauce.experiment.optuna_adapter import Draw, Told, propose
from cauce.experiment.prune import pruned_after
from cauce.experiment.trial import summarise

_DRAWS = 50  # of a configuration that was not tried yet, before the space counts as exhausted

Fold = tuple[TrainingSettings, int]


@dataclass(eq=False)
class _Planned:
    """A trial under way: the best trial when it was begun, the runs so far, and what became of it."""

    settings: TrainingSettings
    best: Trial | None
    runs: dict[int, Run] = field(default_factory=dict)
    ended: Trial | None = None

    def first_runs(self) -> list[Run]:
        """Runs of folds 0, 1, ... up to the first that is missing."""
        return [self.runs[fold] for fold in range(len(self.runs)) if all(earlier in self.runs for earlier in range(fold + 1))]


class Agenda:
    """The trials of one search."""

    def __init__(self, spec: ExperimentSpec, n_folds: int) -> None:
        self.n_folds = n_folds
        self._spec, self._plan = spec, spec.search
        self._grid = configurations(spec) if self._is_grid() else []
        self._total = self._count()
        self._trials: list[_Planned] = []
        self._by_settings: dict[TrainingSettings, _Planned] = {}
        self._extend()

    @property
    def n_trials(self) -> int:
        """How many trials there will be."""
        return self._total

    @property
    def n_epochs(self) -> int:
        """Of all folds of all trials; where epochs are drawn, as if every trial had those of `training`."""
        each = [settings.epochs for settings in self._grid[: self._total]] or [self._spec.training.epochs] * self._total
        return sum(each) * self.n_folds

    @property
    def ended(self) -> tuple[Trial, ...]:
        """Trials that are over, in the order in which they were begun."""
        return tuple(each.ended for each in self._trials if each.ended)

    @property
    def under_way(self) -> tuple[tuple[TrainingSettings, list[Run]], ...]:
        """Settings and runs of trials of which some folds are trained, in the order in which they were begun."""
        return tuple((each.settings, list(each.runs.values())) for each in self._trials if each.runs and not each.ended)

    @property
    def is_finished(self) -> bool:
        """Whether every trial is over."""
        return len(self.ended) == self._total

    def put(self, settings: TrainingSettings, fold: int, run: Run) -> Trial | None:
        """Add the run of a fold; gives the trial that is over by it, if one is. A trial that is over stays as it is."""
        planned = self._by_settings[settings]
        if planned.ended is not None:
            return None
        planned.runs[fold] = run
        planned.ended = self._end_of(planned)
        self._extend()
        return planned.ended

    def wanted(self) -> list[Fold]:
        """Folds without a run, the most useful first.

        A fold beyond the second is put off while an earlier one may still show that it is not needed.
        """
        folds = [(self._is_early(each, fold), number, fold) for number, each, fold in self._open_folds()]
        return [(self._trials[number].settings, fold) for _, number, fold in sorted(folds)]

    def _open_folds(self) -> Iterator[tuple[int, _Planned, int]]:
        for number, each in enumerate(self._trials):
            if each.ended is None:
                yield from ((number, each, fold) for fold in range(self.n_folds) if fold not in each.runs)

    def _is_early(self, planned: _Planned, fold: int) -> bool:
        prunes = self._plan is not None and self._plan.prune and planned.best is not None
        return prunes and fold >= 2 and len(planned.first_runs()) < fold

    def _is_grid(self) -> bool:
        return self._plan is None or self._plan.method is SearchMethod.GRID

    def _count(self) -> int:
        asked = self._plan.trials if self._plan else None
        if not self._is_grid():
            return asked or 0
        return min(asked or len(self._grid), len(self._grid))

    def _extend(self) -> None:
        """Begin the trials that may be begun: all of a grid, or those whose forerunners are over."""
        while len(self._trials) < self._total:
            known = self._trials if self._plan is None else self._trials[: max(len(self._trials) + 1 - self._plan.ahead, 0)]
            if self._plan and not all(each.ended for each in known):
                return
            settings = self._next(known)
            if settings is None:
                self._total = len(self._trials)
                return
            self._trials.append(_Planned(settings, self._best(known)))
            self._by_settings[settings] = self._trials[-1]

    def _next(self, known: list[_Planned]) -> TrainingSettings | None:
        """The next configuration, not one that was tried; None when there is none left."""
        plan, number = self._plan, len(self._trials)
        if plan is None or self._is_grid():
            return self._grid[number]
        told = [self._told(each.ended) for each in known if each.ended]
        for attempt in range(_DRAWS):
            values = propose(plan.space, told, Draw(plan.method, plan.seed, number, attempt))
            settings = with_values(self._spec, values)
            if settings not in self._by_settings:
                return settings
        return None

    def _told(self, trial: Trial) -> Told:
        values = values_of(trial.settings, self._spec)
        return Told(values, trial.mean, len(trial.runs)) if trial.pruned else Told(values, trial.score)

    def _best(self, known: list[_Planned]) -> Trial | None:
        scored = [each.ended for each in known if each.ended and each.ended.score is not None]
        return max(scored, key=lambda trial: trial.score or 0.0, default=None)

    def _end_of(self, planned: _Planned) -> Trial | None:
        name, policy = readable_name(planned.settings, self._spec), self._spec.selection
        runs = planned.first_runs()
        if self._plan and self._plan.prune:
            found = pruned_after(runs, planned.best)
            if found:
                return summarise(name, planned.settings, runs[: found[0]], policy, pruned=found[1])
        if len(runs) < self.n_folds:
            return None
        return summarise(name, planned.settings, runs, policy)

