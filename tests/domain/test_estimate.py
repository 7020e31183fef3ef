import pytest
from pydantic import ValidationError

from cauce.domain.estimate import Estimate


def test_an_estimate_reads_as_value_and_interval():
    estimate = Estimate(name="AUC", value=0.91, lower=0.87, upper=0.94, method="DeLong", n_patients=9, n_cases=9)
    assert estimate.text() == "0.910 (0.870 to 0.940)"


def test_an_interval_that_misses_its_value_is_refused():
    with pytest.raises(ValidationError, match="does not hold"):
        Estimate(name="AUC", value=0.5, lower=0.6, upper=0.7, method="x", n_patients=1, n_cases=1)


def test_an_insufficient_estimate_carries_a_reason_and_no_number():
    estimate = Estimate.insufficient("AUC", "DeLong", 3, 3, "one class only")
    assert estimate.value is None
    assert estimate.text() == "insufficient data: one class only"
    with pytest.raises(ValidationError, match="carries no number"):
        Estimate.model_validate(estimate.model_dump() | {"value": 0.5})
