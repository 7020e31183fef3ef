"""What an experiment needs of its task and its split, said before anything is prepared or trained."""

from collections.abc import Iterable

from cauce.domain.errors import ConfigurationError
from cauce.domain.experiment import ExperimentSpec, Loss, Network, Precision, Task
from cauce.domain.split import Split


def check_requirements(spec: ExperimentSpec, split: Split) -> None:
    """Refuse folds that the split lacks losses of another task, and patches that a network cannot take.

    Raises:
        ConfigurationError: the message says what is possible.
    """
    if spec.train_folds is not None and spec.train_folds > len(split.folds):
        raise ConfigurationError(
            "more folds are to be trained than there are", where="train_folds", expected=f"at most {len(split.folds)}",
            got=str(spec.train_folds), remedy="Ask for fewer in experiment.yaml, or for more in the split of cohort.yaml.",
        )
    from cauce.experiment.losses import require_loss
    from cauce.experiment.losses_mask import require_mask_loss
    from cauce.experiment.losses_number import require_number_loss
    from cauce.predictor.networks import check_patch, is_sound_in_bfloat16

    if any(int(epochs) for epochs in _values(spec, "unfreeze_every")) and not all(_frozen(spec)):
        raise ConfigurationError(
            "unfreeze_every thaws what freeze has frozen, and nothing is", where="training.freeze",
            remedy="Say freeze: with a share or stages, or leave unfreeze_every out.",
        )
    if spec.task is Task.REGRESSION and any(float(share) for share in _values(spec, "label_smoothing")):
        raise ConfigurationError("a number has no other labels to be smoothed towards", where="training.label_smoothing",
                                 expected="0", remedy="Leave label_smoothing out.")
    for loss in _values(spec, "loss"):
        required = {Task.SEGMENTATION: require_mask_loss, Task.REGRESSION: require_number_loss}.get(spec.task, require_loss)
        required(Loss(loss))
    if spec.volume is not None:
        for network in _values(spec, "network"):
            check_patch(Network(network), spec.volume.patch)
            is_sound = is_sound_in_bfloat16(Network(network), spec.volume.patch)
            if Precision.BFLOAT16 in _values(spec, "precision") and not is_sound:
                raise ConfigurationError(
                    "so few slices cannot be trained in bfloat16", where="volume.patch", got=str(list(spec.volume.patch)),
                    remedy="Write precision: auto, or take a patch of half as many slices again.",
                )


def _frozen(spec: ExperimentSpec) -> Iterable[object]:
    """Whatever `freeze` may be."""
    varied = spec.space.get("freeze")
    return varied if isinstance(varied, tuple) else [spec.training.freeze]


def _values(spec: ExperimentSpec, setting: str) -> Iterable[str]:
    """What the search may set it to."""
    varied = spec.space.get(setting)
    return [str(value) for value in varied] if isinstance(varied, tuple) else [getattr(spec.training, setting)]
