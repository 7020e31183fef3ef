from hypothesis import given
from hypothesis import strategies as st

from cauce.experiment.schedule import one_cycle


@given(total=st.integers(1, 10_000), share=st.floats(0, 1, exclude_max=True))
def test_the_factor_is_always_above_zero_and_never_above_one(total: int, share: float) -> None:
    assert 0 < one_cycle(int(share * total), total) <= 1


def test_it_rises_for_a_quarter_and_falls_for_the_rest() -> None:
    factors = [one_cycle(step, 400) for step in range(400)]
    assert factors[:101] == sorted(factors[:101])
    assert factors[100:] == sorted(factors[100:], reverse=True)
    assert max(factors) == factors[100] == 1.0
    assert factors[-1] < 0.02
