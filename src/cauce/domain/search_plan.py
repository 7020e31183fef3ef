"""How a search chooses what to try: every combination, draws at random, or draws that learn from what was found."""

from enum import StrEnum

from pydantic import Field, model_validator

from cauce.domain.record import Record

Value = str | int | float
"""Of one setting."""


class SearchMethod(StrEnum):
    """GRID tries every combination of the listed values; RANDOM draws; TPE draws where earlier trials did well."""

    GRID = "grid"
    RANDOM = "random"
    TPE = "tpe"


class Range(Record):
    """Values between `low` and `high`, both included; `log` draws them evenly over orders of magnitude."""

    low: int | float
    high: int | float
    log: bool = False

    @model_validator(mode="after")
    def _is_a_range(self) -> "Range":
        if self.low >= self.high:
            raise ValueError(f"a range needs low < high, and {self.low:g} is not below {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError("a logarithmic range needs low above 0")
        return self


class SearchPlan(Record):
    """What is tried, how many trials, and when a trial is given up.

    Attributes:
        space: setting of `training` → list of values, or a range of numbers.
        trials: configurations to try; for `grid` every combination where none is said.
        seed: of the draws.
        prune: give a trial up before its last fold when it is clearly worse than the best on the folds that both have
            (corrected resampled t test, one-sided 5 %), never on its first fold.
        ahead: trials under way at once. A draw learns from all trials but the last `ahead` − 1, however many processes
            search: the same seed proposes the same trials on one core and on fifty.
    """

    method: SearchMethod = SearchMethod.TPE
    space: dict[str, tuple[Value, ...] | Range]
    trials: int | None = Field(default=None, ge=1)
    seed: int = Field(default=0, ge=0)
    prune: bool = True
    ahead: int = Field(default=2, ge=1)

    @model_validator(mode="after")
    def _fits_its_method(self) -> "SearchPlan":
        if not self.space:
            raise ValueError("search: space names no setting")
        if self.method is SearchMethod.GRID:
            ranges = [name for name, values in self.space.items() if isinstance(values, Range)]
            if ranges:
                raise ValueError(f"search: grid needs lists of values, and '{ranges[0]}' is a range; use random or tpe")
        elif self.trials is None:
            raise ValueError(f"search: {self.method.value} needs a number of trials")
        return self
