"""Monitoring records: what is watched, what was found, and the alert that is raised."""

from enum import StrEnum

from pydantic import Field

from cauce.domain.record import Digest, Name, Record


class Stream(StrEnum):
    """What a drift test looks at."""

    ACQUISITION = "acquisition"
    IMAGE = "image"
    OUTPUT = "output"
    REFUSAL = "refusal"


class MonitoringPolicy(Record):
    """When a deviation becomes an alert.

    Attributes:
        false_alarm_rate: probability of an alert on a window without any shift, over all tests of the window.
        minimum_patients: below it the window says "insufficient data".
        expected_refusal_share: share of patients that the model may refuse without anyone being told.
        action, owner: what is to be done, and by whom.
    """

    false_alarm_rate: float = Field(default=0.05, gt=0, lt=1)
    minimum_patients: int = Field(default=20, ge=5)
    expected_refusal_share: float = Field(default=0.05, gt=0, lt=1)
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


class ShiftKind(StrEnum):
    """What kind of change explains a drifted window."""

    NONE = "none"
    PREVALENCE = "prevalence"
    COVARIATE = "covariate"
    MIXED = "mixed"
    UNDETERMINED = "undetermined"


class ClassShare(Record):
    """Share of one reference class, in the reference and as estimated for the window from the scores alone."""

    label: str
    reference: float
    window: float


class Comparison(Record):
    """Reference and window of one variable side by side, for a chart and for words.

    Attributes:
        bins: names of the categories, or of the intervals of a number.
        edges: limits of the intervals, one more than bins; empty for categories. The outer bins hold what lies beyond.
        reference, window: share of patients in each bin.
        reference_quartiles, window_quartiles: 25th, 50th and 75th percentile of a number; None for categories.
        population_stability_index, jensen_shannon: size of the change over these bins; descriptive, not tested.
    """

    stream: Stream
    variable: str
    bins: tuple[str, ...]
    edges: tuple[float, ...] = ()
    reference: tuple[float, ...]
    window: tuple[float, ...]
    reference_quartiles: tuple[float, float, float] | None = None
    window_quartiles: tuple[float, float, float] | None = None
    population_stability_index: float
    jensen_shannon: float


class NotTested(Record):
    """A variable that could not be compared, and why."""

    stream: Stream
    variable: str
    reason: str


class DriftReport(Record):
    """A window of results against the reference of the model that made them.

    Attributes:
        window: digest of the results in the window; the same results give the same report.
        tests: drifted ones first, then by size of the change.
        shift: what kind of change it is; `classes` holds the estimated class shares it was judged by.
        cause: one sentence that names what changed; empty for a stable window.
        note: what the reader must know before trusting the outcome.
    """

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
    window: Digest | None = None
    n_reference: int = 0
    comparisons: tuple[Comparison, ...] = ()
    not_tested: tuple[NotTested, ...] = ()
    shift: ShiftKind = ShiftKind.NONE
    classes: tuple[ClassShare, ...] = ()
    cause: str = ""


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
