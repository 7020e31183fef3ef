import numpy as np

from cauce.domain.estimate import EstimateStatus
from cauce.metrics.binary import binary_metrics
from cauce.metrics.cases import Cases
from small_cohorts import cohort


def test_every_metric_names_its_method_and_counts_patients() -> None:
    cases = cohort(150)
    found = binary_metrics(cases, 0.5)
    assert len({each.name for each in found}) == len(found) == 15
    for each in found:
        assert each.status is EstimateStatus.ESTIMATED
        assert "patient" in each.method
        assert 0 < each.n_patients <= 150
        assert each.lower < each.upper


def test_one_class_gives_words_for_what_needs_two_and_numbers_for_the_rest() -> None:
    found = {each.name: each for each in binary_metrics(Cases.of(np.ones(60), np.linspace(0, 1, 60)), 0.5)}
    assert found["AUC"].value is None
    assert found["specificity"].value is None
    assert found["sensitivity"].value == 0.5
