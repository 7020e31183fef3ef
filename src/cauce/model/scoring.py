"""A partition of a cohort through the predictor, image by image as the service does it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cauce.clinical.chest_xray.intended_use import refusal_for
from cauce.dicom.pseudonym import load_key
from cauce.domain.cohort import Cohort
from cauce.domain.errors import CauceError, IntegrityError
from cauce.domain.labelled import is_labelled
from cauce.domain.model import ModelContract
from cauce.domain.progress import Progress
from cauce.domain.record import sha256_hex
from cauce.domain.reference import ReferenceKind
from cauce.domain.split import Partition, Split
from cauce.domain.study import InstanceRow
from cauce.metrics.cases import Cases
from cauce.predictor.predictor import Floats, Prediction
from cauce.predictor.source import LoadedInstance, load_bytes
from cauce.store.cohort_table import read_rows
from cauce.store.data_root import data_root_of
from cauce.store.workspace import Workspace

Predict = Callable[[Sequence[Floats]], list[Prediction]]

Answer = TypeVar("Answer")

_TOLD_EVERY = 32  # images
_OF_IMAGES = (ReferenceKind.CLASS, ReferenceKind.CLASSES, ReferenceKind.LABELS, ReferenceKind.NUMBER)


@dataclass(frozen=True)
class ScoredRow:
    """One instance of a partition.

    Attributes:
        positive: reference class.
        probability: of the model; None when it gave none.
        reason: why it gave none.
    """

    row: InstanceRow
    positive: bool
    probability: float | None
    reason: str = ""

    @property
    def score(self) -> float:
        """The probability; a missing one is scored as the worst possible answer, 0 for a positive and 1 for a negative."""
        return float(not self.positive) if self.probability is None else self.probability


@dataclass(frozen=True)
class Images:
    """Where the images of a cohort are, and the key that their pseudonyms were made with."""

    root: Path
    key: bytes | None

    @classmethod
    def of(cls, workspace: Workspace, cohort: Cohort, data_root: Path | None) -> "Images":
        """Find the images of a cohort on this machine."""
        return cls(data_root_of(workspace, cohort, data_root), load_key(workspace.settings, workspace.root))

    def load(self, row: InstanceRow) -> LoadedInstance:
        """Read one image, and see that it is the indexed one.

        Raises:
            IntegrityError: the file is missing or was changed since it was indexed.
        """
        remedy = "Restore the file, or index the cohort again."
        try:
            data = (self.root / row.path).read_bytes()
        except OSError:
            raise IntegrityError("an indexed image is missing", where=row.path, remedy=remedy) from None
        if sha256_hex(data) != row.file_sha256:
            raise IntegrityError("an indexed image was changed", where=row.path, remedy=remedy)
        return load_bytes(data, row.path, key=self.key)


def partition_rows(workspace: Workspace, cohort: Cohort, split: Split, partition: Partition) -> list[InstanceRow]:
    """Labelled instances of one partition, sorted by path.

    Raises:
        ConfigurationError: the reference is of masks, places or outcomes.
    """
    patients, reference = set(split.patients(partition)), cohort.spec.reference
    if reference.kind not in _OF_IMAGES:
        reference.require(ReferenceKind.CLASS, where=cohort.name)
    return [row for row in read_rows(workspace, cohort) if row.patient_key in patients and is_labelled(row, reference)]


def score_rows(
    rows: Sequence[InstanceRow], cohort: Cohort, predict: Predict, *, contract: ModelContract, images: Images,
    progress: Progress,
) -> list[ScoredRow]:
    """Predict every row. What the contract refuses or the predictor cannot read stays in the list, with its reason."""
    positive = set(cohort.spec.reference.positive)

    def ask(pixels: Floats) -> float:
        return predict([pixels])[0].probability

    answered = answers(rows, ask, contract=contract, images=images, progress=progress)
    return [ScoredRow(row, row.label in positive, probability, reason) for row, probability, reason in answered]


def cases_of(scored: Sequence[ScoredRow]) -> Cases:
    """Scored rows as arrays; missing predictions carry the worst possible score."""
    patients = [each.row.patient_key for each in scored]
    return Cases.of([each.positive for each in scored], [each.score for each in scored], patients)


def answers(
    rows: Sequence[InstanceRow], ask: Callable[[Floats], Answer], *, contract: ModelContract, images: Images, progress: Progress
) -> Iterator[tuple[InstanceRow, Answer | None, str]]:
    """Each row with its answer, or None and the reason: the contract refuses it, or it cannot be read.

    Raises:
        IntegrityError: an image was changed since it was indexed.
    """
    for number, row in enumerate(rows):
        if number % _TOLD_EVERY == 0:
            progress("predict", number, len(rows))
        try:
            loaded = images.load(row)
            refusal = refusal_for(contract, loaded)
            if refusal is None:
                yield row, ask(loaded.image.pixels), ""
            else:
                yield row, None, f"{refusal.code}: {refusal.reason}"
        except IntegrityError:
            raise
        except CauceError as error:
            yield row, None, f"{error.code}: {error.what}"
    progress("predict", len(rows), len(rows))
