"""Records of the experiment stage: the question, the search, its runs, and the configuration that was kept and why."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer, model_validator

from cauce.domain.preprocess import PreprocessRecipe, VolumeRecipe
from cauce.domain.record import Digest, Name, Record
from cauce.domain.search_plan import Range, SearchPlan, Value


class Metric(StrEnum):
    """What a fold's score is."""

    AUC = "auc"
    MACRO_AUC = "macro_auc"
    DICE = "dice"
    R2 = "r2"

    @property
    def word(self) -> str:
        """As a text names it."""
        return {Metric.AUC: "AUC", Metric.MACRO_AUC: "macro AUC", Metric.DICE: "Dice", Metric.R2: "R²"}[self]


class Task(StrEnum):
    """What the network is asked for."""

    BINARY_CLASSIFICATION = "binary_classification"
    MULTI_CLASS = "multi_class"
    MULTI_LABEL = "multi_label"
    REGRESSION = "regression"
    SEGMENTATION = "segmentation"

    @property
    def metric(self) -> Metric:
        """What folds are compared by: the area under the ROC curve; of several classes the mean of the areas of each against
        the rest, and of several findings of the area of each, which counts a rare one like a frequent one; of numbers the
        share of their variance that is explained; or the mean Dice of whole held-out volumes, over cases and foreground
        classes."""
        return {
            Task.BINARY_CLASSIFICATION: Metric.AUC, Task.MULTI_CLASS: Metric.MACRO_AUC, Task.MULTI_LABEL: Metric.MACRO_AUC,
            Task.REGRESSION: Metric.R2, Task.SEGMENTATION: Metric.DICE,
        }[self]


class Network(StrEnum):
    """Members of the tables in `cauce.predictor.networks`: of classifiers, then of networks that segment."""

    RESNET_TINY = "resnet_tiny"
    RESNET_SMALL = "resnet_small"
    DENSENET121 = "densenet121"
    RESNET18 = "resnet18"
    EFFICIENTNET_B0 = "efficientnet_b0"
    SQUEEZENET = "squeezenet"
    DYNUNET_TINY = "dynunet_tiny"
    DYNUNET_SMALL = "dynunet_small"
    DYNUNET = "dynunet"
    UNET_SMALL = "unet_small"
    SEGRESNET_SMALL = "segresnet_small"
    SWINUNETR_SMALL = "swinunetr_small"


class Loss(StrEnum):
    """Members of the tables in `cauce.experiment.losses`, of numbers in `losses_number`, of masks in `losses_mask`."""

    CROSS_ENTROPY = "cross_entropy"
    FOCAL = "focal"
    DICE = "dice"
    DICE_CROSS_ENTROPY = "dice_cross_entropy"
    DICE_FOCAL = "dice_focal"
    TVERSKY = "tversky"
    HUBER = "huber"
    SQUARED_ERROR = "squared_error"
    ABSOLUTE_ERROR = "absolute_error"


class Augmentation(StrEnum):
    """Presets of the table in `cauce.experiment.augmentation`."""

    NONE = "none"
    LIGHT = "light"
    STRONG = "strong"


class Precision(StrEnum):
    """Arithmetic of training. AUTO times both on this machine and keeps the faster; the choice is recorded."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


def _is_none(value: object) -> bool:
    """Left out of the JSON, so that records made before the field was known keep their digest."""
    return value is None


class TrainingSettings(Record):
    """One configuration: everything that decides a training, given data, fold and seed.

    Attributes:
        patches_per_volume: drawn from each volume in an epoch; segmentation alone, like `foreground_share`.
        foreground_share: share of patches that are drawn around a voxel of a class, all classes alike; the others lie anywhere.
        deep_supervision: weight of the loss of the network's next coarser output beside that of its own; segmentation alone.
        gradient_clip: largest norm of a step's gradient; None leaves it.
        patience: training ends when so many epochs brought no better score; 0 for never. The learning rate
            falls as if it went on.
        micro_batch: cases that go through the network at once; the gradients of a batch are added up over its parts. None for
            the whole batch. Where memory does not suffice it is halved, and what it became stands in the run.
        deterministic: on an accelerator, only operations that give the same bits each time; slower. A CPU always does.
        start_from: weights that training begins with: a file, or `name@alias` or `name:version` of a registered model.
        freeze: what is not trained, from the input side: a share of the parameters (0 to below 1, whole stages), a number of
            stages, or the name of the last stage of them.
        layer_decay: learning rate of each stage as a factor of the next one's, towards the head.
        unfreeze_every: after so many epochs the last frozen stage is trained too, then the one before it; 0 for never.
    """

    network: Network = Network.RESNET_SMALL
    loss: Loss = Loss.CROSS_ENTROPY
    label_smoothing: float = Field(default=0.0, ge=0, lt=0.5)
    learning_rate: float = Field(default=3e-3, gt=0, lt=10)
    weight_decay: float = Field(default=1e-2, ge=0)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    batch_size: int = Field(default=32, ge=1)
    epochs: int = Field(default=10, ge=1)
    augmentation: Augmentation = Augmentation.LIGHT
    precision: Precision = Precision.AUTO
    patches_per_volume: int = Field(default=1, ge=1, exclude_if=lambda value: value == 1)
    foreground_share: float = Field(default=0.0, ge=0, le=1, exclude_if=lambda value: not value)
    deep_supervision: float = Field(default=0.0, ge=0, le=1, exclude_if=lambda value: not value)
    gradient_clip: float | None = Field(default=None, gt=0, exclude_if=_is_none)
    patience: int = Field(default=0, ge=0, exclude_if=lambda value: not value)
    micro_batch: int | None = Field(default=None, ge=1, exclude_if=_is_none)
    deterministic: bool = Field(default=False, exclude_if=lambda value: not value)
    start_from: str = Field(default="", exclude_if=lambda value: not value)
    freeze: int | float | str = Field(default=0, exclude_if=lambda value: not value)
    layer_decay: float = Field(default=1.0, gt=0, le=1, exclude_if=lambda value: value == 1)
    unfreeze_every: int = Field(default=0, ge=0, exclude_if=lambda value: not value)

    @field_validator("freeze")
    @classmethod
    def _is_a_share_or_stages(cls, value: int | float | str) -> int | float | str:
        if isinstance(value, str) or (value >= 0 and (value < 1 or int(value) == value)):
            return int(value) if isinstance(value, float) and value >= 1 else value
        raise ValueError("freeze is a share from 0 to below 1, a whole number of stages, or the name of a stage")


class SelectionCost(StrEnum):
    """What makes one configuration cheaper than another: parameters × epochs are the same on every machine, seconds are not."""

    PARAMETERS_EPOCHS = "parameters_epochs"
    SECONDS = "seconds"


class SelectionPolicy(Record):
    """Score of a configuration = mean over folds − `stability_weight` × standard deviation over folds.

    A configuration whose worst fold lies below `worst_fold_floor` is never chosen. Of those that the noise between folds does
    not tell from the best, the cheapest is kept, by `cost`. With `stack` above 1 the so many best are kept together, and a
    small fully connected head weighs their answers.
    """

    stability_weight: float = Field(default=1.0, ge=0)
    worst_fold_floor: float = Field(default=0.5, ge=0, le=1)
    cost: SelectionCost = Field(
        default=SelectionCost.PARAMETERS_EPOCHS, exclude_if=lambda value: value is SelectionCost.PARAMETERS_EPOCHS
    )
    stack: int = Field(default=1, ge=1, le=10, exclude_if=lambda value: value == 1)


class OperatingTarget(Record):
    """Clinical target: the operating point has the best specificity on `tune` that reaches this `sensitivity`."""

    sensitivity: float = Field(default=0.95, gt=0, le=1)


class ExperimentSpec(Record):
    """The file `experiment.yaml`.

    Attributes:
        question: what this experiment is to find out, in a sentence.
        preprocess: of images; not used where there is a `volume`.
        volume: needed by segmentation and by nothing else.
        grid: field of TrainingSettings → values to try; the search is their product, each on every fold.
        search: another way to choose what is tried, instead of `grid`.
        train_folds: how many folds of the split are trained, the first ones; None for all.
        operating_point: of binary classification alone; the other tasks have no threshold.

    Where regression says no loss it takes `huber`, and where it says no worst fold's floor 0: its score is 0 by chance.
    """

    question: str
    task: Task = Task.BINARY_CLASSIFICATION
    preprocess: PreprocessRecipe = PreprocessRecipe()
    volume: VolumeRecipe | None = Field(default=None, exclude_if=_is_none)
    training: TrainingSettings = TrainingSettings()
    grid: dict[str, tuple[str | int | float, ...]] = {}
    search: SearchPlan | None = Field(default=None, exclude_if=_is_none)
    selection: SelectionPolicy = SelectionPolicy()
    operating_point: OperatingTarget | None = Field(default_factory=lambda data: _usual_target(data), exclude_if=_is_none)
    train_folds: int | None = Field(default=None, ge=2, exclude_if=_is_none)
    intended_use: str
    seed: int = 0

    @model_validator(mode="before")
    @classmethod
    def _usual_of_numbers(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or values.get("task") != Task.REGRESSION:
            return values
        usual: dict[str, dict[str, object]] = {"training": {"loss": Loss.HUBER.value}, "selection": {"worst_fold_floor": 0.0}}
        return {**values, **{key: _filled(values.get(key, {}), given) for key, given in usual.items()}}

    @property
    def space(self) -> Mapping[str, tuple[Value, ...] | Range]:
        """What varies: setting → values, or range of values."""
        return self.search.space if self.search else self.grid

    @model_validator(mode="after")
    def _space_names_settings(self) -> "ExperimentSpec":
        if self.search and self.grid:
            raise ValueError("give grid, or search with a space, not both")
        where = "search" if self.search else "grid"
        for key, values in self.space.items():
            if key not in TrainingSettings.model_fields:
                known = ", ".join(TrainingSettings.model_fields)
                raise ValueError(f"{where}: unknown setting '{key}'; known settings: {known}")
            if not values:
                raise ValueError(f"{where}: '{key}' needs at least one value")
            for value in (values.low, values.high) if isinstance(values, Range) else values:
                TrainingSettings.model_validate({key: value})
        return self

    @model_validator(mode="after")
    def _fields_belong_to_the_task(self) -> "ExperimentSpec":
        is_mask = self.task is Task.SEGMENTATION
        if is_mask and self.volume is None:
            raise ValueError("segmentation needs volume, with at least its patch")
        if is_mask and "preprocess" in self.model_fields_set and self.preprocess != PreprocessRecipe():
            raise ValueError("preprocess is for images; segmentation has volume")
        if self.task is not Task.BINARY_CLASSIFICATION and self.selection.stack > 1:
            raise ValueError(f"selection.stack belongs to {Task.BINARY_CLASSIFICATION.value}, not to {self.task.value}")
        if self.task is not Task.BINARY_CLASSIFICATION and self.operating_point is not None:
            raise ValueError(f"{self.task.value} has no operating_point")
        if not is_mask and self.volume is not None:
            raise ValueError(f"volume belongs to segmentation, not to {self.task.value}")
        if self.task is Task.BINARY_CLASSIFICATION and self.operating_point is None:
            raise ValueError(f"{self.task.value} needs an operating_point")
        return self


def _filled(values: Any, usual: Mapping[str, Any]) -> Any:
    """The usual values where `values` says nothing; a value of another form is left for the fields to refuse."""
    if isinstance(values, Record):
        return values.model_copy(update={key: each for key, each in usual.items() if key not in values.model_fields_set})
    return {**usual, **values} if isinstance(values, Mapping) else values


def _usual_target(data: Mapping[str, Any]) -> OperatingTarget | None:
    return OperatingTarget() if data.get("task") is Task.BINARY_CLASSIFICATION else None


class PreparedImages(Record):
    """Preprocessed images of the train partition, in pieces of float16 (n, rows, columns), as training reads them.

    Attributes:
        table, split: cohort table and sealed split that the images were chosen from.
        paths: of the images, in the order in which they stand in the pieces.
        pieces: digests of NumPy files in the store.
        piece_length: images in each piece but the last.
    """

    table: Digest
    split: Digest
    recipe: PreprocessRecipe
    paths: tuple[str, ...]
    pieces: tuple[Digest, ...]
    piece_length: int


class PreparedCase(Record):
    """A prepared volume: digests of NumPy files, float16 (channels, z, y, x) and uint8 (z, y, x), and what they hold.

    Attributes:
        spacing_mm: along z, y, x of the prepared grid.
        present: values of the mask above 0.
    """

    path: str
    voxels: Digest
    mask: Digest
    spacing_mm: tuple[float, float, float]
    present: tuple[int, ...]


class PreparedVolumes(Record):
    """Preprocessed volumes of the train partition, in the order of the cohort's table.

    Attributes:
        table, split: cohort table and sealed split that the cases were chosen from.
    """

    table: Digest
    split: Digest
    recipe: VolumeRecipe
    cases: tuple[PreparedCase, ...]


class RunStatus(StrEnum):
    """How the training of one fold ended."""

    FINISHED = "finished"
    FAILED = "failed"


class _Scored(Record):
    """Something with a score on the held-out fold. In JSON the metric is the score's key, e.g. `"validation_auc": 0.98`."""

    metric: Metric
    score: float | None

    @model_validator(mode="before")
    @classmethod
    def _read_key(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        found = [metric for metric in Metric if f"validation_{metric.value}" in values]
        if len(found) != 1:
            return values
        rest = dict(values)
        return {"metric": found[0], "score": rest.pop(f"validation_{found[0].value}"), **rest}

    @model_serializer(mode="wrap")
    def _write_key(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = dump(self)
        values.pop("metric", None)
        if "score" in values:
            values[f"validation_{self.metric.value}"] = values.pop("score")
        return values


class EpochRecord(_Scored):
    """One point of the learning curves."""

    epoch: int
    train_loss: float
    validation_loss: float
    score: float
    seconds: float


class TrainedFor(Record):
    """A fold that some weights were trained for: on the patients of the split's other folds."""

    split: Digest
    fold: int


class StartRecord(Record):
    """What a training began with.

    Attributes:
        source: the setting `start_from`.
        weights: SHA-256 of the file of weights.
        model: digest of the bundle, where the weights are those of a registered model.
        trained_for: folds that the weights, and those that they began with, were trained for.
        taken, left: names of the weights that were taken, and of those of the file that fit nowhere.
        new: names of the network's weights that the file does not have.
        adapted: what was changed to fit, in clauses.
    """

    source: str
    weights: Digest
    model: Digest | None = None
    trained_for: tuple[TrainedFor, ...] = ()
    taken: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    adapted: tuple[str, ...] = ()


class FrozenPeriod(Record):
    """Epochs in which the same stages were frozen.

    Attributes:
        first_epoch, epochs: the first, and how many so far.
        stages: names, from the input side.
        n_parameters: in them.
        before, after: SHA-256 of their parameters and buffers at the beginning, and after the last of the epochs.
    """

    first_epoch: int
    epochs: int
    stages: tuple[str, ...]
    n_parameters: int
    before: Digest
    after: Digest


class Run(_Scored):
    """One training of one fold.

    Attributes:
        weights: digest of the safetensors file in the store; None when the run failed.
        metric, score: on the held-out fold, with the best epoch's weights; the score is None when the run failed.
        precision: what AUTO became.
        device: "cpu", or what torch calls the accelerator, e.g. "cuda".
        micro_batch: cases that went through the network at once; None for the whole batch.
        gflops: 10⁹ floating-point operations of one case or patch through the network, forward.
        start: what it began with; None for weights drawn at random.
        frozen: what was not trained; each period ends with the digest that it began with.
        error: why it failed, without patient data.
    """

    trial: Digest
    fold: int
    seed: int
    status: RunStatus
    settings: TrainingSettings
    weights: Digest | None
    best_epoch: int | None
    curve: tuple[EpochRecord, ...]
    n_train: int
    n_validation: int
    n_parameters: int
    precision: str
    seconds: float
    tracking_run_id: str
    error: str = ""
    device: str = "cpu"
    micro_batch: int | None = Field(default=None, exclude_if=_is_none)
    gflops: float | None = Field(default=None, exclude_if=_is_none)
    start: StartRecord | None = Field(default=None, exclude_if=_is_none)
    frozen: tuple[FrozenPeriod, ...] = Field(default=(), exclude_if=lambda value: not value)


class Trial(Record):
    """One sampled configuration and its runs, one for each fold.

    Attributes:
        mean, standard_deviation, worst: over the folds that were trained; None when one failed.
        score: what trials are ranked by; None when a fold failed or the trial was pruned.
        pruned: why it was given up before its last fold; empty when it was not.
    """

    name: str
    settings: TrainingSettings
    runs: tuple[Run, ...]
    mean: float | None
    standard_deviation: float | None
    worst: float | None
    score: float | None
    pruned: str = Field(default="", exclude_if=lambda value: not value)


class BegunSearch(Record):
    """A search that was begun; with the runs in the store it says how far it has come."""

    name: Name
    spec: ExperimentSpec
    cohort: Digest
    split: Digest


class Search(Record):
    """A finished search: every configuration on every fold, of a sealed split."""

    name: Name
    spec: ExperimentSpec
    cohort: Digest
    split: Digest
    trials: tuple[Trial, ...]
    tracking_experiment_id: str
    cauce_version: str


class Selection(Record):
    """The configuration that was kept: the position of its trial in the search, and the reason in a sentence.

    Attributes:
        equals: positions of the trials that the folds' noise does not tell from the best, the kept one among them.
        stacked: positions of the trials whose answers a head weighs, the best first; empty for one trial alone.
    """

    name: Name
    search: Digest
    trial: int
    reason: str
    equals: tuple[int, ...] = Field(default=(), exclude_if=lambda value: not value)
    stacked: tuple[int, ...] = Field(default=(), exclude_if=lambda value: not value)
