import pytest
import torch

from cauce.domain.errors import ConfigurationError
from cauce.domain.experiment import Loss
from cauce.experiment.losses_mask import MASK_LOSSES, mask_loss

CLASSES = torch.tensor([0, 1, 2, 0, 1, 0, 0, 0]).reshape(1, 2, 2, 2)
RIGHT = torch.nn.functional.one_hot(CLASSES, 3).movedim(-1, 1).float() * 20 - 10


@pytest.mark.parametrize("loss", list(MASK_LOSSES))
def test_the_right_classes_cost_nearly_nothing_and_wrong_ones_more(loss: Loss) -> None:
    assert float(mask_loss(loss, RIGHT, CLASSES)) == pytest.approx(0, abs=0.01)
    assert float(mask_loss(loss, RIGHT.roll(1, dims=1), CLASSES)) > 0.4


@pytest.mark.parametrize("loss", list(MASK_LOSSES))
def test_the_loss_is_computed_in_float32(loss: Loss) -> None:
    value = mask_loss(loss, RIGHT.bfloat16(), CLASSES)
    assert value.dtype is torch.float32


def test_dice_is_monai_s_summed_over_the_batch() -> None:
    monai = pytest.importorskip("monai.losses")
    torch.manual_seed(0)
    logits, classes = torch.randn(3, 3, 4, 5, 6), torch.randint(0, 3, (3, 4, 5, 6))
    theirs = monai.DiceLoss(include_background=False, softmax=True, to_onehot_y=True, batch=True, smooth_nr=1, smooth_dr=1)
    assert float(mask_loss(Loss.DICE, logits, classes)) == pytest.approx(float(theirs(logits, classes[:, None])), abs=1e-6)


def test_tversky_minds_a_missed_voxel_more_than_an_invented_one() -> None:
    missed, invented = CLASSES.clone(), CLASSES.clone()
    missed[0, 0, 0, 1], invented[0, 1, 1, 1] = 0, 1

    def cost(found: torch.Tensor) -> float:
        logits = torch.nn.functional.one_hot(found, 3).movedim(-1, 1).float() * 20 - 10
        return float(mask_loss(Loss.TVERSKY, logits, CLASSES))

    assert cost(missed) > cost(invented)


def test_a_patch_that_holds_no_class_is_no_error() -> None:
    empty = torch.zeros_like(CLASSES)
    assert torch.isfinite(mask_loss(Loss.DICE_CROSS_ENTROPY, RIGHT, empty))


def test_there_is_no_loss_of_masks_for_every_loss_and_it_says_which() -> None:
    unfit = [loss for loss in Loss if loss not in MASK_LOSSES]
    for loss in unfit:
        with pytest.raises(ConfigurationError, match="dice_cross_entropy"):
            mask_loss(loss, RIGHT, CLASSES)
