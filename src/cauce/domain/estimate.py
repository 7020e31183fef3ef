"""A number that can be trusted: value, interval, method and sample size travel together."""

from enum import StrEnum

from pydantic import model_validator

from cauce.domain.record import Record


class EstimateStatus(StrEnum):
    """Whether the sample was large enough to give a number at all."""

    ESTIMATED = "estimated"
    INSUFFICIENT = "insufficient"


class Estimate(Record):
    """A quantity with its 95 % interval.

    Attributes:
        value, lower, upper: in `unit`; all None when `status` is insufficient.
        method: how value and interval were obtained, e.g. "DeLong, patient-clustered".
        n_patients, n_cases: the independent units and the rows behind the number.
        note: why it is insufficient, or what the reader must know.
    """

    name: str
    value: float | None
    lower: float | None
    upper: float | None
    method: str
    n_patients: int
    n_cases: int
    unit: str = "1"
    status: EstimateStatus = EstimateStatus.ESTIMATED
    note: str = ""

    @model_validator(mode="after")
    def _interval_holds_value(self) -> "Estimate":
        numbers = (self.value, self.lower, self.upper)
        if self.status is EstimateStatus.INSUFFICIENT:
            if any(number is not None for number in numbers):
                raise ValueError(f"{self.name}: an insufficient estimate carries no number")
            return self
        if self.value is None or self.lower is None or self.upper is None:
            raise ValueError(f"{self.name}: an estimate needs value, lower and upper")
        if not self.lower - 1e-9 <= self.value <= self.upper + 1e-9:
            raise ValueError(f"{self.name}: interval [{self.lower}, {self.upper}] does not hold {self.value}")
        return self

    @classmethod
    def insufficient(cls, name: str, method: str, n_patients: int, n_cases: int, note: str) -> "Estimate":
        """An estimate that says why there is no number."""
        return cls(
            name=name, value=None, lower=None, upper=None, method=method, n_patients=n_patients, n_cases=n_cases,
            status=EstimateStatus.INSUFFICIENT, note=note,
        )

    def text(self, digits: int = 3) -> str:
        """`0.912 (0.874 to 0.941)`, or the reason why there is no number."""
        if self.value is None:
            return f"insufficient data: {self.note}"
        return f"{self.value:.{digits}f} ({self.lower:.{digits}f} to {self.upper:.{digits}f})"
