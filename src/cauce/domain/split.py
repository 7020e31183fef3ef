"""Split: which patient stands in which partition. Sealed; patients that overlap cannot be built into one."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from cauce.domain.record import Digest, Name, Record
from cauce.domain.study import PatientKey


class Partition(StrEnum):
    """A source's "validation" is read as tune."""

    TRAIN = "train"
    TUNE = "tune"
    TEST = "test"
    EXTERNAL = "external"


INTERNAL = (Partition.TRAIN, Partition.TUNE, Partition.TEST)
"""What shares are given for; external patients come from elsewhere and stand beside these."""


LEAVE_ONE_OUT: Literal["leave_one_out"] = "leave_one_out"


def _is_empty(value: object) -> bool:
    """Left out of the JSON, so that records made before the field was known keep their digest."""
    return not value


class Stratum(StrEnum):
    """Variables that a split is balanced over.

    A patient takes the most frequent value of their instances; of findings, which an instance may have several of, all.
    """

    LABEL = "label"
    ORIGIN = "origin"
    VENDOR = "vendor"
    SEX = "sex"
    AGE_BAND = "age_band"
    VIEW = "view"


class SplitPolicy(Record):
    """How patients are divided: shares, folds of train, strata, seed.

    Attributes:
        folds: of train; `leave_one_out` makes one for each patient, for cohorts of a few dozen.
        external: origins that stay apart as the partition `external`: never in train, tune or test.
        from_source: the source's own partition is the split; shares are not asked for, folds of train are still drawn.
    """

    train: float = Field(default=0.70, gt=0, lt=1)
    tune: float = Field(default=0.15, gt=0, lt=1)
    test: float = Field(default=0.15, gt=0, lt=1)
    folds: Annotated[int, Field(ge=2, le=20)] | Literal["leave_one_out"] = 3
    balance: tuple[Stratum, ...] = (Stratum.LABEL, Stratum.ORIGIN, Stratum.VENDOR)
    seed: int = 0
    external: tuple[str, ...] = Field(default=(), exclude_if=_is_empty)
    from_source: bool = Field(default=False, exclude_if=_is_empty)

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> "SplitPolicy":
        total = self.train + self.tune + self.test
        if abs(total - 1) > 1e-9:
            raise ValueError(f"train + tune + test must be 1, got {total:g}")
        return self

    def n_folds(self, n_train: int) -> int:
        """How many folds, of so many patients in train; linked patients count as one."""
        return n_train if self.folds == LEAVE_ONE_OUT else self.folds


class Split(Record):
    """Patients of a cohort by partition, and the folds of train.

    The digest of this record is the seal: every later record carries it, and every later command checks it.
    """

    name: Name
    cohort: Digest
    policy: SplitPolicy
    train: tuple[PatientKey, ...]
    tune: tuple[PatientKey, ...]
    test: tuple[PatientKey, ...]
    folds: tuple[tuple[PatientKey, ...], ...]
    external: tuple[PatientKey, ...] = Field(default=(), exclude_if=_is_empty)
    extends: Digest | None = Field(default=None, exclude_if=_is_empty)

    @model_validator(mode="after")
    def _patients_are_apart(self) -> "Split":
        seen: dict[str, str] = {}
        for partition in Partition:
            for key in self.patients(partition):
                if key in seen:
                    raise ValueError(f"patient {key} stands in {seen[key]} and in {partition.value}")
                seen[key] = partition.value
        in_folds = [key for fold in self.folds for key in fold]
        if len(in_folds) != len(set(in_folds)) or set(in_folds) != set(self.train):
            raise ValueError("the folds must hold every train patient exactly once and nobody else")
        return self

    def patients(self, partition: Partition) -> tuple[PatientKey, ...]:
        """The patients of one partition, sorted."""
        return {
            Partition.TRAIN: self.train, Partition.TUNE: self.tune, Partition.TEST: self.test,
            Partition.EXTERNAL: self.external,
        }[partition]

    def partitions(self) -> tuple[Partition, ...]:
        """Those that hold patients: the three internal ones, and external where there is one."""
        return (*INTERNAL, Partition.EXTERNAL) if self.external else INTERNAL

    def partition_of(self) -> dict[str, Partition]:
        """Partition by patient."""
        return {key: partition for partition in Partition for key in self.patients(partition)}

    def fold_of(self) -> dict[str, int]:
        """Fold number, from 0, by train patient."""
        return {key: number for number, fold in enumerate(self.folds) for key in fold}
