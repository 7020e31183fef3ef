"""What a version is built from: the records that lead to its selection."""

from collections.abc import Sequence
from dataclasses import dataclass

from cauce import __version__
from cauce.domain.cohort import Cohort
from cauce.domain.errors import InputError
from cauce.domain.experiment import RunStatus, Search, Selection, Trial
from cauce.domain.model import BundleCard, ModelContract, StackCard
from cauce.domain.split import Split
from cauce.domain.study import InstanceRow
from cauce.model.gate import sealed_split
from cauce.store.workspace import Workspace


@dataclass(frozen=True)
class Selected:
    """A selection with its search, cohort and sealed split; `name` is also the model's."""

    name: str
    selection: Selection
    search: Search
    cohort: Cohort
    split: Split

    @classmethod
    def load(cls, workspace: Workspace, name: str) -> "Selected":
        """The newest selection of a name.

        Raises:
            NotFoundError: there is none.
            IntegrityError: the split's seal is broken.
        """
        selection = workspace.records.latest(Selection, name)
        search = workspace.records.get(Search, selection.search)
        cohort = workspace.records.get(Cohort, search.cohort)
        return cls(name, selection, search, cohort, sealed_split(workspace, cohort, search.split))

    @property
    def trial(self) -> Trial:
        """The configuration that was kept."""
        return self.search.trials[self.selection.trial]

    @property
    def members(self) -> tuple[Trial, ...]:
        """The configurations whose answers a head weighs; empty for one alone."""
        return tuple(self.search.trials[number] for number in self.selection.stacked)

    def weights(self, workspace: Workspace, trial: Trial | None = None) -> list[bytes]:
        """Safetensors of the networks of all folds, of the configuration that was kept or of another.

        Raises:
            InputError: a fold was not trained.
        """
        found, trial = [], trial or self.trial
        for run in trial.runs:
            if run.status is not RunStatus.FINISHED or run.weights is None:
                raise InputError(
                    "a fold of the chosen configuration was not trained", where=f"{trial.name}, fold {run.fold}",
                    remedy="Run `cauce experiment search` again; it continues where it stopped.",
                )
            found.append(workspace.arrays.read(run.weights))
        return found

    def contract(self, train: Sequence[InstanceRow]) -> ModelContract:
        """What the criteria of the cohort admit; where they say nothing, what the rows of train show."""
        criteria, spec = self.cohort.spec.include, self.search.spec

        def seen(name: str) -> tuple[str, ...]:
            return tuple(sorted({str(getattr(row.acquisition, name)) for row in train} - {"unknown"}))

        return ModelContract(
            task=spec.task,
            modalities=criteria.modalities or seen("modality"),
            body_parts=criteria.body_parts or seen("body_part"),
            views=criteria.views or seen("view"),
            minimum_age_years=criteria.minimum_age_years,
            maximum_age_years=criteria.maximum_age_years,
            minimum_rows=criteria.minimum_rows,
            preprocess=spec.preprocess,
            reference=self.cohort.spec.reference,
        )

    def card(self, *, n_parameters: int, n_members: int, parity: float, stack: StackCard | None = None) -> BundleCard:
        """What the bundle says of itself."""
        return BundleCard(
            name=self.name, network=self.trial.settings.network, n_parameters=n_parameters, n_members=n_members, parity=parity,
            intended_use=self.search.spec.intended_use, cohort=self.search.cohort, split=self.search.split,
            search=self.selection.search, selection=self.selection.digest(), cauce_version=__version__,
            stack=stack,
        )
