"""AuditReport: proof, or refutation, that partitions share nothing."""

from enum import StrEnum

from pydantic import Field

from cauce.domain.record import Digest, Name, Record


class LeakKind(StrEnum):
    """What two partitions were found to share."""

    PATIENT = "patient"
    STUDY = "study"
    INSTANCE = "instance"
    FILE = "file"
    PIXELS = "pixels"
    NEAR_DUPLICATE = "near-duplicate"


class Leak(Record):
    """One pair of instances, or one patient, that stands in more than one partition."""

    kind: LeakKind
    key: str
    partitions: tuple[str, ...]
    paths: tuple[str, ...]


class Copy(Record):
    """Two instances that show one image.

    Attributes:
        paths, partitions, labels: of both; None where the source puts an instance nowhere, or gives it no label.
        likeness: correlation of the fine structure that a quarter of the image reaches at least.
        mirrored, degrees, scale: how one lies on the other; scale below 1: one shows a part of the other.
        inverted: one is the other's negative.
    """

    paths: tuple[str, str]
    partitions: tuple[str | None, str | None]
    labels: tuple[str | None, str | None]
    likeness: float
    mirrored: bool
    degrees: float
    scale: float
    inverted: bool = Field(default=False, exclude_if=lambda value: not value)

    @property
    def crosses(self) -> bool:
        """Whether the two stand in different partitions."""
        first, second = self.partitions
        return first is not None and second is not None and first != second


class AuditReport(Record):
    """Result of an audit of a cohort under a partition.

    Attributes:
        partition_source: "split" or the name of the column of the source that was audited.
        counts: number of leaks by kind (a patient counts once, however many images cross).
        leaks: the first leaks of each kind, for a person to look at.
        label_conflicts: duplicates of one image whose labels differ, as pairs of paths.
        n_copies_between, n_copies_inside: pairs of instances that show one image, equal pixels included, in two partitions
            and in one. Copies inside a partition are no leak; they count a patient's image twice.
        copies: the first of these pairs, those between partitions before the others.
    """

    cohort: Digest
    split: Digest | None
    cohort_name: Name
    partition_source: str
    n_instances: int
    n_patients: int
    counts: dict[LeakKind, int]
    leaks: tuple[Leak, ...]
    label_conflicts: tuple[tuple[str, str], ...]
    n_copies_between: int = 0
    n_copies_inside: int = 0
    copies: tuple[Copy, ...] = ()

    @property
    def passed(self) -> bool:
        """True when nothing is shared."""
        return not any(self.counts.values())
