import pytest

from cauce.dataset.deidentify.ages import top_coded


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        ("089Y", "089Y"), ("090Y", "090Y"), ("101Y", "090Y"), ("006M", "006M"), ("999M", "999M"), ("012W", "012W"),
        ("003D", "003D"), ("45Y", "045Y"), ("45", None), ("DOE", None), ("", None),
    ],
)
def test_ages_above_89_years_are_one_group(age: str, expected: str | None) -> None:
    assert top_coded(age) == expected
