"""What a dossier is made from, pinned: the same inputs give the same bytes, also after the ledger and the logs have grown."""

import base64
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cauce import __version__
from cauce.domain.audit import AuditReport
from cauce.domain.cohort import Cohort
from cauce.domain.errors import InputError
from cauce.domain.experiment import Search, Selection, Task, Trial
from cauce.domain.model import EvaluationReport, ModelVersion, TestOpening
from cauce.domain.promotion import AliasChange
from cauce.domain.record import Digest, Name, Record, canonical_json
from cauce.domain.release import Release
from cauce.domain.split import Split
from cauce.domain.study import InstanceRow
from cauce.metrics.cases import Cases
from cauce.model.alias_log import alias_chain
from cauce.model.case_measures import read_measures
from cauce.model.dossier.answers import read_answers
from cauce.model.evaluate import report_of
from cauce.model.ledger import openings
from cauce.model.lineage import releases_of
from cauce.model.predictions import read_predictions
from cauce.model.registry import RegisteredVersion, bundle_folder, model_of, resolve
from cauce.model.segmenting import ClassMeasures, MeasuredCase
from cauce.predictor.bundle import Bundle, open_bundle
from cauce.store.cohort_table import read_rows
from cauce.store.settings import Language
from cauce.store.workspace import Workspace


class DossierInputs(Record):
    """Digests and counts that a dossier was made from; printed in it, and read back by `cauce model verify-dossier`.

    Attributes:
        openings, changes: how many entries of the ledger and of the alias log there were.
        answers: digest of the answered blanks in the store.
    """

    name: Name
    version: int | None
    bundle: Digest
    evaluation: Digest
    openings: int
    changes: int
    releases: tuple[Digest, ...]
    answers: Digest | None
    language: Language
    cauce_version: str

    def packed(self) -> str:
        """As one word of letters, digits, - and _."""
        return base64.urlsafe_b64encode(canonical_json(self.model_dump(mode="json"))).decode().rstrip("=")

    @classmethod
    def unpacked(cls, word: str) -> "DossierInputs":
        """The inputs behind `packed`.

        Raises:
            InputError: the word was not made by `packed`.
        """
        try:
            return cls.model_validate(json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))))
        except ValueError:
            raise InputError("the dossier does not say what it was made from", where="cauce-inputs",
                             remedy="Give a file that `cauce model dossier` wrote.") from None


def pin(workspace: Workspace, reference: str, *, language: Language, answers: Path | None) -> DossierInputs:
    """The inputs of a dossier that is made now.

    Raises:
        InputError: the version was not evaluated; an answer answers no blank.
    """
    version = resolve(workspace, reference)
    report = report_of(workspace, version)
    if report is None:
        raise InputError("a dossier needs an evaluation", where=reference, remedy=f"Run `cauce model evaluate {reference}`.")
    return DossierInputs(
        name=version.name, version=version.version, bundle=version.model.bundle, evaluation=report.digest(),
        openings=len(openings(workspace, version.model.split)), changes=len(alias_chain(workspace, version.name).entries()),
        releases=tuple(each.digest() for each in releases_of(workspace, version.name, version.model.bundle)),
        answers=None if answers is None else workspace.arrays.put_bytes(read_answers(answers)),
        language=language, cauce_version=__version__,
    )


@dataclass(frozen=True)
class Evidence:
    """Every record behind the pinned inputs, each checked against its digest as it is read."""

    workspace: Workspace
    inputs: DossierInputs

    @cached_property
    def bundle(self) -> Bundle:
        """The bundle of the version."""
        folder = bundle_folder(self.workspace, self.inputs.bundle)
        if not folder.is_dir():
            resolve(self.workspace, f"{self.inputs.name}:{self.inputs.version}")
        return open_bundle(folder, expected=self.inputs.bundle)

    @cached_property
    def model(self) -> ModelVersion:
        """The version."""
        return model_of(self.bundle)

    @cached_property
    def registered(self) -> RegisteredVersion:
        """The version with its number."""
        return RegisteredVersion(self.inputs.name, self.inputs.version, self.model, self.bundle.folder)

    @cached_property
    def report(self) -> EvaluationReport:
        """Its evaluation."""
        return self.workspace.records.get(EvaluationReport, self.inputs.evaluation)

    @cached_property
    def cohort(self) -> Cohort:
        """What it was trained and tested on."""
        return self.workspace.records.get(Cohort, self.model.cohort)

    @cached_property
    def split(self) -> Split:
        """Who stood where."""
        return self.workspace.records.get(Split, self.model.split)

    @cached_property
    def search(self) -> Search:
        """What was tried."""
        return self.workspace.records.get(Search, self.model.search)

    @cached_property
    def selection(self) -> Selection:
        """What was kept."""
        return self.workspace.records.get(Selection, self.model.selection)

    @property
    def trial(self) -> Trial:
        """The configuration that was kept."""
        return self.search.trials[self.selection.trial]

    @cached_property
    def audit(self) -> AuditReport:
        """What the partitions share."""
        return self.workspace.records.get(AuditReport, self.report.audit)

    @cached_property
    def openings(self) -> list[TestOpening]:
        """Of the test partition, those that there were."""
        return openings(self.workspace, self.model.split)[: self.inputs.openings]

    @cached_property
    def changes(self) -> list[AliasChange]:
        """Of the aliases, those that there were."""
        return alias_chain(self.workspace, self.inputs.name).entries()[: self.inputs.changes]

    @cached_property
    def releases(self) -> list[Release]:
        """That carry this bundle."""
        return [self.workspace.records.get(Release, digest) for digest in self.inputs.releases]

    @cached_property
    def rows(self) -> list[InstanceRow]:
        """Of the cohort."""
        return read_rows(self.workspace, self.cohort)

    @cached_property
    def cases(self) -> Cases:
        """Reference and score of the test partition.

        Raises:
            ConfigurationError: the model has no operating point, and no such scores.
        """
        self.model.decision_point()
        return read_predictions(self.workspace, self.report.predictions_sha256)

    @property
    def segments(self) -> bool:
        """Whether the model gives masks, not decisions."""
        return self.model.contract.task is Task.SEGMENTATION

    @cached_property
    def measured(self) -> list[MeasuredCase]:
        """The cases of a model that segments, with their stored measures."""
        by_case: dict[str, list[ClassMeasures]] = {}
        for row in read_measures(self.workspace, self.report.predictions_sha256):
            by_case.setdefault(row.instance, []).append(row.measures)
        rows = {row.path: row for row in self.rows}
        return [MeasuredCase(rows[path], tuple(measures)) for path, measures in by_case.items()]

    @cached_property
    def answers(self) -> dict[str, str]:
        """What people wrote into the blanks, by key."""
        if self.inputs.answers is None:
            return {}
        found: dict[str, str] = json.loads(self.workspace.arrays.read(self.inputs.answers))
        return found
