import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from cauce.domain.errors import InputError
from cauce.experiment.score import area_under_roc

CASES = st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2, max_size=60)


@given(CASES.filter(lambda cases: len({positive for positive, _ in cases}) == 2))
def test_it_agrees_with_scikit_learn_with_ties(cases: list[tuple[bool, int]]) -> None:
    positive, logits = np.array([p for p, _ in cases]), np.array([float(s) for _, s in cases])
    assert area_under_roc(positive, logits) == pytest.approx(roc_auc_score(positive, logits))


@pytest.mark.parametrize("positive", [[True, True], [False, False]])
def test_a_missing_class_is_refused(positive: list[bool]) -> None:
    with pytest.raises(InputError, match="class is missing"):
        area_under_roc(np.array(positive), np.zeros(2))


def test_an_answer_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match="no numbers"):
        area_under_roc(np.array([True, False]), np.array([np.nan, 0.0]))
