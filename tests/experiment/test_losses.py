import pytest
import torch

from cauce.domain.experiment import Loss
from cauce.experiment.losses import LOSSES, loss_of
from cauce.experiment.losses_mask import MASK_LOSSES
from cauce.experiment.losses_number import NUMBER_LOSSES


def test_every_loss_of_the_enum_is_in_the_table() -> None:
    assert set(LOSSES) | set(MASK_LOSSES) | set(NUMBER_LOSSES) == set(Loss)


@pytest.mark.parametrize("loss", list(LOSSES))
def test_a_right_answer_costs_less_than_a_wrong_one(loss: Loss) -> None:
    logits = torch.tensor([3.0, -3.0])
    right = loss_of(loss, logits, torch.tensor([1.0, 0.0]), label_smoothing=0.05)
    wrong = loss_of(loss, logits, torch.tensor([0.0, 1.0]), label_smoothing=0.05)
    assert right < wrong


@pytest.mark.parametrize("loss", list(LOSSES))
def test_the_loss_is_computed_in_float32(loss: Loss) -> None:
    value = loss_of(loss, torch.tensor([40.0, -40.0], dtype=torch.bfloat16), torch.tensor([0.0, 1.0]), label_smoothing=0.0)
    assert value.dtype is torch.float32
    assert torch.isfinite(value)


def test_smoothing_makes_certainty_cost() -> None:
    def cost(logit: float) -> float:
        return float(loss_of(Loss.CROSS_ENTROPY, torch.tensor([logit]), torch.tensor([1.0]), label_smoothing=0.1))

    assert cost(2.2) < cost(10.0)
    assert cost(2.2) == pytest.approx(0.325, abs=0.01)  # the entropy of 0.9: nothing is lower
