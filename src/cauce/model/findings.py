"""What the test partition said, whatever the task; the report adds who asked, when and of which model."""

from dataclasses import dataclass

from cauce.domain.estimate import Estimate
from cauce.domain.model import StoredPicture, Subgroup
from cauce.domain.record import Digest


@dataclass(frozen=True)
class Findings:
    """See `EvaluationReport`; `table` is the digest of what was measured of each instance."""

    n_patients: int
    n_instances: int
    n_positive: int
    missing: int
    metrics: tuple[Estimate, ...]
    subgroups: tuple[Subgroup, ...]
    table: Digest
    pictures: tuple[StoredPicture, ...] = ()

    @classmethod
    def nothing(cls) -> "Findings":
        """Of a partition without a labelled instance."""
        return cls(0, 0, 0, 0, (), (), "")
