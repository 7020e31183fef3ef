"""ExplanationReport: where a classifier looks, whether that depends on what it learned, and whether it is the right place."""

from enum import StrEnum

from cauce.domain.estimate import Estimate
from cauce.domain.record import Digest, Name, Record
from cauce.domain.study import PatientKey


class ExplanationMethod(StrEnum):
    """How a map is made; sources are in `cauce.predictor.saliency`."""

    GRAD_CAM = "grad_cam"
    GRAD_CAM_PP = "grad_cam_pp"
    INTEGRATED_GRADIENTS = "integrated_gradients"
    OCCLUSION = "occlusion"


class ExplainedCase(Record):
    """One image and its map.

    Attributes:
        instance: path of the image, relative to the data root.
        explained: what the map is evidence for: the finding, or of several classes the called one.
        probability: of that.
        peak: (x, y) of the map's highest point in pixels of the stored image from its corner; None when the map is nowhere
            above 0.
        region_share: share of the image that the reference marks; None when nothing is known of the place.
        hit: whether the peak lies in what the reference marks; a map without a peak misses.
        picture: name of the PNG beside the page.
    """

    instance: str
    patient_key: PatientKey
    label: str
    explained: str
    probability: float
    peak: tuple[float, float] | None
    region_share: float | None
    hit: bool | None
    picture: str


class RandomisedLayers(Record):
    """What is left of the maps when the weights from the head down to `layer` are random.

    Attributes:
        rank_correlation: mean over cases of Spearman's correlation with the map of the trained networks.
        similarity: mean over cases of the structural similarity (SSIM).
    """

    layer: str
    rank_correlation: Estimate
    similarity: Estimate


class ExplanationReport(Record):
    """Maps of one ModelVersion on images of its `tune` partition; the test partition stays closed.

    Attributes:
        model: digest of the bundle.
        settings: of the method, in words.
        seed: of the choice of cases and of the random weights.
        pointing_game: share of cases with a known place whose peak lies there.
        cascade: from the head alone to all layers.
        depends_on_weights: whether random weights destroy the maps; None when there are too few patients to say.
    """

    name: Name
    model: Digest
    method: ExplanationMethod
    settings: str
    seed: int
    cases: tuple[ExplainedCase, ...]
    pointing_game: Estimate
    cascade: tuple[RandomisedLayers, ...]
    depends_on_weights: bool | None
    cauce_version: str
