"""VolumeRecipe refuses what no volume could be prepared with."""

import pytest
from pydantic import ValidationError

from cauce.domain.preprocess import Normalisation, VolumeRecipe


def test_a_window_is_kept_as_written() -> None:
    recipe = VolumeRecipe(patch=(8, 16, 16), normalisation=Normalisation.WINDOW, lower=-1000, upper=400)

    assert VolumeRecipe.model_validate_json(recipe.model_dump_json()) == recipe


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"patch": (0, 8, 8)}, "at least one voxel"),
        ({"patch": (8, 8, 8), "spacing_mm": (1, 0, 1)}, "above 0"),
        ({"patch": (8, 8, 8), "normalisation": "window", "lower": 5, "upper": 5}, "lower below upper"),
        ({"patch": (8, 8, 8), "lower": 5}, "belong to normalisation"),
        ({"patch": (8, 8, 8), "overlap": 1}, "less than 1"),
    ],
)
def test_an_impossible_recipe_is_refused(settings: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        VolumeRecipe.model_validate(settings)
