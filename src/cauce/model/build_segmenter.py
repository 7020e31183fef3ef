"""The bundle of a model that segments: averaged fold networks, golden volumes, the volumes of `tune` as reference."""

from pathlib import Path

from cauce.domain.model import ModelContract
from cauce.domain.monitoring import ReferenceDistribution
from cauce.domain.preprocess import Normalisation, VolumeRecipe
from cauce.domain.progress import Progress
from cauce.domain.split import Partition
from cauce.model.segmenting import MaskedCases
from cauce.model.selected import Selected
from cauce.predictor.bundle import BundleContent
from cauce.predictor.golden_volumes import GoldenVolumes, golden_voxels
from cauce.predictor.runtime import open_engine
from cauce.predictor.segmentation import Segmenter, golden_classes
from cauce.predictor.volume_case import channels_of
from cauce.store.reference_distribution import acquisition_tags
from cauce.store.workspace import Workspace

_BEYOND = 8  # voxels that a golden volume is longer than the patch, so that windows are put together


def segmenter_content(
    workspace: Workspace, selected: Selected, *, data_root: Path | None, progress: Progress
) -> BundleContent:
    """Export, and segment `tune` so that later volumes can be compared with these.

    Raises:
        InputError: a fold was not trained.
        IntegrityError: a file was changed.
    """
    import numpy as np

    from cauce.predictor.export_segmentation import export_segmentation, segmentation_parity
    from cauce.predictor.networks import count_parameters
    from cauce.predictor.networks.weights import segmentation_network_from

    cohort, kind = selected.cohort, selected.trial.settings.network
    recipe = _named(selected)
    channels, classes = len(recipe.channels), len(cohort.spec.reference.classes)
    networks = [
        segmentation_network_from(kind, weights, channels=channels, classes=classes) for weights in selected.weights(workspace)
    ]
    onnx = export_segmentation(networks, recipe, channels=channels)
    train = MaskedCases.of(workspace, cohort, selected.split, Partition.TRAIN, data_root)
    contract = selected.contract(train.rows).model_copy(update={"volume": recipe, "output_name": "probability", "map_name": ""})
    segmenter = Segmenter(contract, open_engine(onnx))
    voxels = golden_voxels(channels=channels, shape=_golden_shape(recipe), scale=_scale(recipe))
    tune = MaskedCases.of(workspace, cohort, selected.split, Partition.TUNE, data_root)
    noise = np.random.default_rng(1).normal(size=(2, channels, *recipe.patch)).astype(np.float32)
    return BundleContent(
        model=onnx, contract=contract, operating_point=None, reference=_reference(tune, segmenter, contract, progress),
        golden=GoldenVolumes(voxels, golden_classes(segmenter, voxels)),
        card=selected.card(
            n_parameters=sum(map(count_parameters, networks)), n_members=len(networks),
            parity=segmentation_parity(networks, onnx, noise),
        ),
    )


def _named(selected: Selected) -> VolumeRecipe:
    """The recipe with the names of its channels."""
    recipe = selected.search.spec.volume
    if recipe is None:  # ExperimentSpec refuses this
        raise TypeError("segmentation without a volume recipe")
    return recipe.model_copy(update={"channels": channels_of(selected.cohort, recipe)})


def _golden_shape(recipe: VolumeRecipe) -> tuple[int, int, int]:
    z, y, x = recipe.patch
    return z + _BEYOND, y, x


def _scale(recipe: VolumeRecipe) -> tuple[float, float]:
    if recipe.normalisation is Normalisation.WINDOW and recipe.lower is not None and recipe.upper is not None:
        return recipe.lower, recipe.upper
    return 0.0, 1000.0


def _reference(
    tune: MaskedCases, segmenter: Segmenter, contract: ModelContract, progress: Progress
) -> ReferenceDistribution:
    """One row for each patient of `tune`: acquisition, and the volume of each class in mL; the score is their sum."""
    first = {row.patient_key: row for row in reversed(tune.rows)}
    rows = sorted(first.values(), key=lambda row: row.path)
    volumes: dict[str, list[float]] = {name: [] for name in contract.reference.classes}
    for number, row in enumerate(rows):
        progress("predict", number, len(rows))
        found = segmenter.segment_prepared(tune.load(row, contract))
        for name, millilitres in found.volumes_ml.items():
            volumes[name].append(millilitres)
    progress("predict", len(rows), len(rows))
    tags = [acquisition_tags(row.acquisition) for row in rows]
    return ReferenceDistribution(
        partition=Partition.TUNE.value, n_patients=len(rows),
        acquisition={name: tuple(each[name] for each in tags) for name in (tags[0] if tags else {})},
        image={f"volume_ml {name}": tuple(values) for name, values in volumes.items()},
        score=tuple(sum(each) for each in zip(*volumes.values(), strict=True)),
    )
