"""Monitoring records: what is watched, what was found, and the alert that is raised."""

from enum import StrEnum

from pydantic import Field

from cauce.domain.record import Digest, Name, Record


class Stream(StrEnum):
    """What a drift test looks at."""

    ACQUISITION = "acquisition"
    IMAGE = "image"
    OUTPUT = "output"


class MonitoringPolicy(Record):
    """When a deviation becomes an alert.

    Attributes:
        false_alarm_rate: probability of an alert on a window without any shift, over all tests of the window.
        minimum_patients: below it the window says "insufficient data".
        action, owner: what is to be done, and by whom.
    """

    false_alarm_rate: float = Field(default=0.05, gt=0, lt=1)
    minimum_patients: int = Field(default=20, ge=5)
    action: str = "Review the window, confirm the cause, decide whether the release stays in use."
    owner: str = "imaging-ai-team"


class ReferenceDistribution(Record):
    """What normal looks like: one row for each patient of the reference, kept in the bundle.

    Attributes:
        partition: which partition of the training cohort it was taken from.
        acquisition: tag → values, one for each patient.
        image: descriptor → values, one for each patient.
        score: probability of the model for each patient.
        label: reference class of each patient, "" where there is none; empty for a reference without labels.
    """

    partition: str
    n_patients: int
    acquisition: dict[str, tuple[str, ...]]
    image: dict[str, tuple[float, ...]]
    score: tuple[float, ...]
    label: tuple[str, ...] = ()


class DriftTest(Record):
    """One variable compared between window and reference.

    Attributes:
        effect: standardised size of the change (total variation for categories, Kolmogorov D for numbers).
        p_adjusted: p value after correction for all tests of the window.
        detail: what changed, in words, e.g. "vendor: Lumina 0 % → 100 %".
    """

    stream: Stream
    variable: str
    method: str
    statistic: float
    effect: float
    p_value: float
    p_adjusted: float
    drifted: bool
    detail: str


class WindowStatus(StrEnum):
    """Outcome of a check."""

    STABLE = "stable"
    DRIFTED = "drifted"
    INSUFFICIENT = "insufficient data"


class DriftReport(Record):
    """A window of results against the reference of the model that made them."""

    model_name: Name
    model_digest: Digest
    window_start: str
    window_end: str
    n_studies: int
    n_patients: int
    n_refused: int
    status: WindowStatus
    tests: tuple[DriftTest, ...]
    policy: MonitoringPolicy
    note: str = ""


class AlertState(StrEnum):
    """Life of an alert."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Alert(Record):
    """A breached MonitoringPolicy: cause, action, owner."""

    id: str
    raised_at: str
    model_name: Name
    model_digest: Digest
    report: Digest
    cause: str
    action: str
    owner: str
    state: AlertState = AlertState.OPEN
