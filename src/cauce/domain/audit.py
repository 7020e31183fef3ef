"""AuditReport: proof, or refutation, that partitions share nothing."""

from enum import StrEnum

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


class AuditReport(Record):
    """Result of an audit of a cohort under a partition.

    Attributes:
        partition_source: "split" or the name of the column of the source that was audited.
        counts: number of leaks by kind (a patient counts once, however many images cross).
        leaks: the first leaks of each kind, for a person to look at.
        label_conflicts: duplicates of one image whose labels differ, as pairs of paths.
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

    @property
    def passed(self) -> bool:
        """True when nothing is shared."""
        return not any(self.counts.values())
