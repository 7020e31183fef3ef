"""What was checked before hours of training are spent."""

from enum import StrEnum

from cauce.domain.record import Digest, Name, Record


class Check(StrEnum):
    """What a good engineer looks at by hand, in the order of looking."""

    PICTURE = "picture"
    ONE_BATCH = "one batch"
    DUMMY_DATA = "dummy data"
    SHUFFLED_LABELS = "shuffled labels"
    LEARNING_RATE = "learning rate"


class CheckResult(Record):
    """One check.

    Attributes:
        sentence: the verdict with its numbers.
        figure: file in the workspace's reports; empty where the check ended before there was anything to draw.
    """

    check: Check
    passed: bool
    sentence: str
    figure: str = ""
    seconds: float


class ExperimentCheck(Record):
    """All checks of an experiment on a cohort.

    Attributes:
        spec: digest of experiment.yaml's content.
    """

    name: Name
    spec: Digest
    cohort: Digest
    split: Digest
    results: tuple[CheckResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(result.passed for result in self.results)
