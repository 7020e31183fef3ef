import pytest
from pydantic import ValidationError

from cauce.domain.experiment import ExperimentSpec


def build(**changes):
    return ExperimentSpec(**{"question": "Which rate?", "intended_use": "research", **changes})


def test_a_grid_names_known_settings_with_valid_values():
    assert build(grid={"learning_rate": [1e-3, 1e-2]}).grid == {"learning_rate": (1e-3, 1e-2)}


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"learning_rat": [1]}, "unknown setting 'learning_rat'"),
        ({"learning_rate": []}, "at least one value"),
        ({"learning_rate": [-1]}, "greater than 0"),
        ({"network": ["resnet_9000"]}, "resnet_tiny"),
    ],
)
def test_a_wrong_grid_is_refused_with_the_reason(grid, message):
    with pytest.raises(ValidationError, match=message):
        build(grid=grid)
