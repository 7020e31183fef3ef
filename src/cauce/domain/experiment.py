"""Records of the experiment stage: the question, the search, its runs, and the configuration that was kept and why."""

from enum import StrEnum

from pydantic import Field, field_validator

from cauce.domain.preprocess import PreprocessRecipe
from cauce.domain.record import Digest, Name, Record


class Task(StrEnum):
    """What the network is asked for."""

    BINARY_CLASSIFICATION = "binary_classification"


class Network(StrEnum):
    """Members of the table in `cauce.predictor.networks`."""

    RESNET_TINY = "resnet_tiny"
    RESNET_SMALL = "resnet_small"
    DENSENET121 = "densenet121"


class Loss(StrEnum):
    """Members of the table in `cauce.experiment.losses`."""

    CROSS_ENTROPY = "cross_entropy"
    FOCAL = "focal"


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


class TrainingSettings(Record):
    """One configuration: everything that decides a training, given data, fold and seed."""

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


class SelectionPolicy(Record):
    """Score of a configuration = mean over folds − `stability_weight` × standard deviation over folds.

    A configuration whose worst fold lies below `worst_fold_floor` is never chosen.
    """

    stability_weight: float = Field(default=1.0, ge=0)
    worst_fold_floor: float = Field(default=0.5, ge=0, le=1)


class OperatingTarget(Record):
    """Clinical target: the operating point has the best specificity on `tune` that reaches this `sensitivity`."""

    sensitivity: float = Field(default=0.95, gt=0, le=1)


class ExperimentSpec(Record):
    """The file `experiment.yaml`.

    Attributes:
        question: what this experiment is to find out, in a sentence.
        grid: field of TrainingSettings → values to try; the search is their product.
    """

    question: str
    task: Task = Task.BINARY_CLASSIFICATION
    preprocess: PreprocessRecipe = PreprocessRecipe()
    training: TrainingSettings = TrainingSettings()
    grid: dict[str, tuple[str | int | float, ...]] = {}
    selection: SelectionPolicy = SelectionPolicy()
    operating_point: OperatingTarget = OperatingTarget()
    intended_use: str
    seed: int = 0

    @field_validator("grid")
    @classmethod
    def _grid_names_settings(cls, grid: dict[str, tuple[str | int | float, ...]]) -> dict[str, tuple[str | int | float, ...]]:
        for key, values in grid.items():
            if key not in TrainingSettings.model_fields:
                known = ", ".join(TrainingSettings.model_fields)
                raise ValueError(f"grid: unknown setting '{key}'; known settings: {known}")
            if not values:
                raise ValueError(f"grid: '{key}' needs at least one value")
            for value in values:
                TrainingSettings.model_validate({key: value})
        return grid


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


class RunStatus(StrEnum):
    """How the training of one fold ended."""

    FINISHED = "finished"
    FAILED = "failed"


class EpochRecord(Record):
    """One point of the learning curves."""

    epoch: int
    train_loss: float
    validation_loss: float
    validation_auc: float
    seconds: float


class Run(Record):
    """One training of one fold.

    Attributes:
        weights: digest of the safetensors file in the store; None when the run failed.
        validation_auc: on the held-out fold, with the best epoch's weights.
        precision: what AUTO became.
        device: "cpu", or what torch calls the accelerator, e.g. "cuda".
        error: why it failed, without patient data.
    """

    trial: Digest
    fold: int
    seed: int
    status: RunStatus
    settings: TrainingSettings
    weights: Digest | None
    validation_auc: float | None
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


class Trial(Record):
    """One sampled configuration and its runs, one for each fold."""

    name: str
    settings: TrainingSettings
    runs: tuple[Run, ...]
    mean: float | None
    standard_deviation: float | None
    worst: float | None
    score: float | None


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
    """The configuration that was kept: the position of its trial in the search, and the reason in a sentence."""

    name: Name
    search: Digest
    trial: int
    reason: str
