"""ModelVersion: immutable weights + preprocessing + contract, and the evidence for them."""

from enum import StrEnum

from pydantic import Field

from cauce.domain.errors import ConfigurationError
from cauce.domain.estimate import Estimate
from cauce.domain.experiment import Network, Task
from cauce.domain.preprocess import PreprocessRecipe, VolumeRecipe
from cauce.domain.record import ChainedRecord, Digest, Name, Record
from cauce.domain.reference import ReferenceStandard


def _is_none(value: object) -> bool:
    """Left out of the JSON, so that records made before the field was known keep their digest."""
    return value is None


class ModelContract(Record):
    """What a model accepts and what it gives; checked at every prediction.

    Attributes:
        modalities, body_parts, views: accepted values; an instance whose tag says something else is refused,
            an instance whose source does not say (`unknown`) is accepted.
        minimum_age_years, maximum_age_years: age range of the training patients' intended use.
        minimum_rows: smaller images are refused.
        preprocess: of images; not used where there is a `volume`.
        input_name, output_name, map_name: tensor names of the ONNX graph: float32 (n, 1, rows, columns) in;
            logit (n,) and class activation map (n, rows / stride, columns / stride) out. Of a model that segments: float32
            (n, channels, z, y, x) in, probabilities (n, classes + 1, z, y, x) out, and no map. Of a model for several
            classes or findings: probabilities (n, classes) out, of a number (n, 1), and no map.
        volume: how a volume is prepared, with the names of its channels; segmentation alone.
    """

    task: Task
    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    views: tuple[str, ...]
    minimum_age_years: float | None = None
    maximum_age_years: float | None = None
    minimum_rows: int = 64
    preprocess: PreprocessRecipe
    reference: ReferenceStandard
    input_name: str = "image"
    output_name: str = "logit"
    map_name: str = "activation"
    volume: VolumeRecipe | None = Field(default=None, exclude_if=_is_none)

    def volume_recipe(self) -> VolumeRecipe:
        """The recipe of a model that segments.

        Raises:
            ConfigurationError: the model does not segment.
        """
        if self.volume is None:
            raise ConfigurationError("this model does not segment volumes", where="model", expected=Task.SEGMENTATION.value,
                                     got=self.task.value)
        return self.volume


class OperatingPoint(Record):
    """Threshold on the probability, chosen on `tune` for a clinical target; a study at or above it is positive."""

    threshold: float = Field(ge=0, le=1)
    target: str
    sensitivity: Estimate
    specificity: Estimate


class StackCard(Record):
    """A model of several configurations, whose answers a small fully connected head weighs.

    Attributes:
        members: names of the configurations.
        n_cases: of train, each answered by networks that did not learn from it; the head was fitted to them.
        auc_of_mean: area under the ROC curve, over these cases, of the plain mean of the answers.
        auc_of_head: the same of heads that were fitted to the other folds.
    """

    members: tuple[str, ...]
    n_cases: int
    auc_of_mean: float
    auc_of_head: float


class ModelVersion(Record):
    """Identity of a model: the digest of its bundle, and everything that led to it.

    Attributes:
        bundle: SHA-256 of the bundle's manifest, which names the SHA-256 of every file in it.
        operating_point: None but for two classes: other models have no threshold.
        parity: largest absolute difference in probability between the exported graph and the trained network; of numbers, as a
            share of the mean and standard deviation of those it was trained on.
        stack: None for the averaged folds of one configuration.
    """

    name: Name
    bundle: Digest
    contract: ModelContract
    operating_point: OperatingPoint | None = Field(default=None, exclude_if=_is_none)
    network: Network
    n_parameters: int
    n_members: int
    parity: float
    cohort: Digest
    split: Digest
    search: Digest
    selection: Digest
    intended_use: str
    cauce_version: str
    stack: StackCard | None = Field(default=None, exclude_if=_is_none)

    def decision_point(self) -> OperatingPoint:
        """The operating point of a model that decides.

        Raises:
            ConfigurationError: the model has none.
        """
        return required_point(self.operating_point, self.contract.task)


_WITHOUT_POINT = {
    Task.SEGMENTATION: ("segments", "masks"), Task.MULTI_CLASS: ("tells several classes apart", "probabilities"),
    Task.MULTI_LABEL: ("looks for several findings", "probabilities"), Task.REGRESSION: ("measures", "numbers"),
}
"""Task → what such a model does, and what it gives."""


def required_point(point: OperatingPoint | None, task: Task) -> OperatingPoint:
    """The operating point, where a decision needs one.

    Raises:
        ConfigurationError: there is none; the message says what the model does.
    """
    if point is None:
        does, gives = _WITHOUT_POINT.get(task, ("decides nothing", "answers"))
        raise ConfigurationError(f"this model {does}; it has no operating point", where="model",
                                 expected=f"a model for {Task.BINARY_CLASSIFICATION.value}", got=task.value,
                                 remedy=f"`cauce predict` writes its {gives}; releases and service take two classes yet.")
    return point


class Subgroup(Record):
    """Metrics of one value of one variable, e.g. vendor = Siemens."""

    variable: str
    value: str
    metrics: tuple[Estimate, ...]


class TestOpening(ChainedRecord):
    """One entry of the ledger that counts how often a test set was opened; hash-chained."""

    at: str
    who: str
    why: str
    split: Digest
    model: Digest

    __test__ = False  # the name begins with "Test"; pytest must not collect it


class StoredPicture(Record):
    """A picture that no table could be drawn from anew: its name beside the page, caption, and the PNG in the store."""

    file: str
    caption: str
    sha256: Digest


class EvaluationReport(Record):
    """Quality of one ModelVersion on one test partition.

    Attributes:
        model: digest of the bundle.
        opening: the ledger entry of this evaluation; its number says how often this test set has been opened.
        n_positive: instances with the finding, or with any of several; of masks, those in which the reference marks anything;
            0 of several classes, none of which is the finding, and of numbers.
        missing: instances of the test set without a prediction, each counted as a failure.
        predictions_sha256: the table of per-instance predictions in the store; of masks, of measures of each case and class.
        pictures: of single cases.
    """

    name: Name
    model: Digest
    cohort: Digest
    split: Digest
    audit: Digest
    opening: TestOpening
    n_patients: int
    n_instances: int
    n_positive: int
    missing: int
    metrics: tuple[Estimate, ...]
    subgroups: tuple[Subgroup, ...]
    predictions_sha256: Digest
    cauce_version: str
    pictures: tuple[StoredPicture, ...] = Field(default=(), exclude_if=lambda value: not value)


class Alias(StrEnum):
    """Names that point to one version of a model at a time."""

    CHAMPION = "champion"
    CANDIDATE = "candidate"


class BundleCard(Record):
    """What a bundle says of itself: whose weights these are, what they are for, and the digests of what led to them.

    Attributes:
        name: the model's name in the registry.
        version: its number there, where it was known when the bundle was written.
        parity: largest absolute difference in probability between the exported graph and the trained networks.
    """

    name: Name
    version: int | None = None
    network: Network
    n_parameters: int
    n_members: int
    parity: float
    intended_use: str
    cohort: Digest
    split: Digest
    search: Digest
    selection: Digest
    cauce_version: str
    stack: StackCard | None = Field(default=None, exclude_if=_is_none)
