"""A search as far as it has come: while it runs, and after it was interrupted."""

from dataclasses import dataclass

from cauce import __version__
from cauce.domain.cohort import Cohort
from cauce.domain.errors import NotFoundError
from cauce.domain.experiment import BegunSearch, Run, Search, TrainingSettings, Trial
from cauce.domain.split import Split
from cauce.experiment.agenda import Agenda
from cauce.experiment.grid import readable_name
from cauce.experiment.recorder import SearchInputs
from cauce.experiment.start import FindModel, find_starts
from cauce.store.workspace import Workspace


@dataclass(frozen=True)
class SearchSoFar:
    """What is known of a search.

    Attributes:
        search: its trials that are over; of a search that is over, its record.
        under_way: trials of which some folds are trained, without mean and score.
        folds_done, folds: trained, or not needed any more; and of all trials.
    """

    search: Search
    under_way: tuple[Trial, ...]
    folds_done: int
    folds: int

    @property
    def is_over(self) -> bool:
        """Whether no fold is left."""
        return self.folds_done >= self.folds

    @property
    def whole(self) -> Search:
        """With the trials that are under way as the last ones."""
        return self.search.model_copy(update={"trials": (*self.search.trials, *self.under_way)})


def search_so_far(workspace: Workspace, name: str, *, find_model: FindModel | None = None) -> SearchSoFar:
    """The newest search of a name: finished, running or interrupted.

    Raises:
        NotFoundError: none was begun.
    """
    begun = workspace.records.latest(BegunSearch, name) if workspace.records.history(BegunSearch, name) else None
    done = workspace.records.latest(Search, name) if begun is None or workspace.records.history(Search, name) else None
    if done is not None and (begun is None or (done.spec, done.cohort, done.split) == (begun.spec, begun.cohort, begun.split)):
        count = sum(len(trial.runs) for trial in done.trials)
        return SearchSoFar(done, (), count, count)
    if begun is None:
        raise NotFoundError("no search of this name", where=name, remedy="Run `cauce experiment search`.")
    return _unfinished(workspace, begun, find_model)


def _unfinished(workspace: Workspace, begun: BegunSearch, find_model: FindModel | None) -> SearchSoFar:
    split = workspace.records.get(Split, begun.split)
    n_folds = begun.spec.train_folds or len(split.folds)
    agenda = Agenda(begun.spec, n_folds)
    inputs = SearchInputs(
        begun.name, workspace.records.get(Cohort, begun.cohort), split, begun.spec,
        find_starts(workspace, begun.spec, split, n_folds=n_folds, find_model=find_model),
    )
    while _put_stored(workspace, agenda, inputs):
        pass  # what is trained decides what a search proposes next
    search = Search(
        name=begun.name, spec=begun.spec, cohort=begun.cohort, split=begun.split, trials=agenda.ended,
        tracking_experiment_id="", cauce_version=__version__,
    )
    under_way = tuple(_begun_trial(begun, settings, runs) for settings, runs in agenda.under_way)
    trained = sum(len(trial.runs) for trial in under_way)
    return SearchSoFar(search, under_way, len(agenda.ended) * n_folds + trained, agenda.n_trials * n_folds)


def _put_stored(workspace: Workspace, agenda: Agenda, inputs: SearchInputs) -> bool:
    """Put the stored runs of wanted folds; False when there is none."""
    found = False
    for settings, fold in list(agenda.wanted()):
        identity = inputs.identity(settings, fold)
        if workspace.records.history(Run, identity):
            agenda.put(settings, fold, workspace.records.latest(Run, identity))
            found = True
    return found


def _begun_trial(begun: BegunSearch, settings: TrainingSettings, runs: list[Run]) -> Trial:
    return Trial(
        name=readable_name(settings, begun.spec), settings=settings, runs=tuple(runs), mean=None, standard_deviation=None,
        worst=None, score=None,
    )

