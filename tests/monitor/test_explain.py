import numpy as np
import pytest

from cauce.domain.monitoring import Comparison, Stream
from cauce.monitor.binning import categorise, compare_categories, compare_numbers
from cauce.monitor.explain import change
from cauce.store.settings import Language


def numbers(variable: str, before: float, after: float, *, spread: float = 0.01) -> Comparison:
    noise = np.random.default_rng(0).normal(0, spread, 400)
    stream = Stream.OUTPUT if variable == "probability" else Stream.IMAGE
    return compare_numbers(stream, variable, before + noise, after + noise)


@pytest.mark.parametrize(
    ("variable", "before", "after", "english", "spanish"),
    [
        ("contrast", 0.50, 0.41, "contrast lower by 18 %", "contraste −18 %"),
        ("noise", 0.10, 0.16, "noise higher by 60 %", "ruido +60 %"),
        ("noise", 0.10, 0.45, "noise × 4.5", "ruido × 4.5"),
        (
            "p50", 0.50, 0.60, "middle tones higher by 10 points of the intensity range",
            "tonos medios +10 puntos del rango de intensidad",
        ),
        (
            "probability", 0.20, 0.40, "abnormal probability: median 0.20 → 0.40",
            "probabilidad de anormalidad: mediana 0.20 → 0.40",
        ),
        ("border_fraction", 0.12, 0.04, "black or white area: median 12 % → 4 %", "área negra o blanca: mediana 12 % → 4 %"),
    ],
)
def test_a_number_is_told_as_a_person_would(variable: str, before: float, after: float, english: str, spanish: str) -> None:
    comparison = numbers(variable, before, after)
    assert change(comparison, Language.ENGLISH) == english
    assert change(comparison, Language.SPANISH) == spanish


def test_a_change_of_spread_alone_is_not_told_as_a_change_of_the_middle() -> None:
    rng = np.random.default_rng(0)
    comparison = compare_numbers(Stream.IMAGE, "mean", rng.normal(0.5, 0.02, 2000), rng.normal(0.5, 0.1, 2000))
    assert change(comparison) == "brightness: same middle, other spread"


def test_a_category_is_told_by_the_one_that_grew_most_and_quoted_where_it_holds_a_number() -> None:
    counts = np.array([0.0, 50.0, 50.0]), np.array([30.0, 40.0, 30.0])
    comparison = compare_categories(Stream.ACQUISITION, "model", ["Lumen 2", "A", "B"], counts)
    assert change(comparison) == "device model: “Lumen 2” 0 % → 30 % (not in the reference)"


def test_a_tag_with_many_numbers_is_cut_into_fifths_and_unknown_stays_apart() -> None:
    reference = np.array([f"{value}" for value in range(100)] + ["unknown"] * 5)
    categories, before, after = categorise(reference, np.array(["1000", "unknown"]))
    assert len(categories) == 6
    assert before.sum() == 105
    assert after[categories.index("unknown")] == 1
    assert after[next(place for place, name in enumerate(categories) if name.startswith("over"))] == 1


def test_a_tag_with_many_names_keeps_every_name() -> None:
    categories, _, _ = categorise(np.array([f"room {value}" for value in range(20)]), np.array(["room 3"]))
    assert len(categories) == 20
