"""Segmenter: stored volumes → class map on the stored grid; evaluation and `predict` both call this."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError, IntegrityError
from cauce.domain.model import ModelContract
from cauce.domain.progress import Progress, silent
from cauce.domain.reference import VolumeGeometry
from cauce.predictor.bundle import Bundle
from cauce.predictor.golden_volumes import GoldenVolumes
from cauce.predictor.runtime import Engine
from cauce.predictor.sliding_window import segment
from cauce.predictor.volume_preprocess import PreparedVolume, prepare_volume, to_source
from cauce.predictor.volume_source import LoadedVolume, check_same_place

Classes = NDArray[np.uint8]

OUTPUT = "probability"
GOLDEN_SHARE = 1e-3
"""Largest accepted share of voxels of the golden volumes with another class; ties fall otherwise on other processors."""


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What the network says of one case.

    Attributes:
        classes: uint8 (z, y, x) on the stored grid: 0 background, i + 1 the contract's class i.
        geometry: of that grid.
        volumes_ml: of each class, by name.
    """

    classes: Classes
    geometry: VolumeGeometry
    volumes_ml: dict[str, float]


@dataclass(frozen=True, eq=False)
class Segmenter:
    """A model that segments and the engine that runs it."""

    contract: ModelContract
    engine: Engine

    @classmethod
    def of(cls, bundle: Bundle, engine: Engine) -> "Segmenter":
        """For an opened bundle.

        Raises:
            ConfigurationError: the model does not segment.
        """
        bundle.contract.volume_recipe()
        return cls(bundle.contract, engine)

    def segment(self, channels: Sequence[LoadedVolume], *, progress: Progress = silent) -> Segmentation:
        """Segment one case.

        Args:
            channels: in the order of the contract's recipe, voxel on voxel.
            progress: told of windows.

        Raises:
            InputError: another number of channels than the model takes.
            OtherShapeError, OtherPlaceError: a channel lies elsewhere than the first.
            UnreadableImageError: a channel is not finite or has no contrast.
        """
        wanted = len(self.contract.volume_recipe().channels)
        if len(channels) != wanted:
            raise InputError("another number of channels than the model takes", where=channels[0].name if channels else "case",
                             expected=", ".join(self.contract.volume_recipe().channels), got=str(len(channels)))
        for channel in channels[1:]:
            check_same_place(channel.geometry, channels[0].geometry, channel.name)
        first = channels[0]
        recipe = self.contract.volume_recipe()
        prepared = prepare_volume(recipe, [channel.voxels for channel in channels], first.geometry, first.name)
        return self.segment_prepared(prepared, progress=progress)

    def segment_prepared(self, prepared: PreparedVolume, *, progress: Progress = silent) -> Segmentation:
        """The same for a volume that `prepare_volume` made with the contract's recipe."""
        recipe, names = self.contract.volume_recipe(), self.contract.reference.classes
        classes = segment(
            lambda patches: self.engine.infer_output(patches, OUTPUT), prepared.voxels, patch=recipe.patch,
            overlap=recipe.overlap, n_classes=len(names) + 1, progress=progress,
        )
        stored = to_source(recipe, classes, prepared.source)
        counts = np.bincount(stored.ravel(), minlength=len(names) + 1)
        millilitres = float(np.prod(prepared.source.spacing_mm)) / 1000
        volumes = {name: float(counts[i + 1] * millilitres) for i, name in enumerate(names)}
        return Segmentation(stored, prepared.source, volumes)


def golden_classes(segmenter: Segmenter, voxels: NDArray[np.float32]) -> Classes:
    """Class maps uint8 (n, z, y, x) of golden voxels (n, channels, z, y, x)."""
    recipe = segmenter.contract.volume_recipe()
    geometry = _unit_geometry(voxels.shape[2:])
    return np.stack([
        segmenter.segment_prepared(prepare_volume(recipe, list(volume), geometry, "golden volume")).classes for volume in voxels
    ])


def verify_golden_volumes(bundle: Bundle, engine: Engine) -> float:
    """Replay the golden volumes and return the share of voxels whose class differs.

    Raises:
        IntegrityError: it is larger than `GOLDEN_SHARE`: this machine does not compute what was released.
    """
    golden = bundle.golden
    if not isinstance(golden, GoldenVolumes):
        raise IntegrityError("the golden cases are no volumes", where="golden.npz", remedy="Fetch the bundle again.")
    share = float(np.mean(golden_classes(Segmenter.of(bundle, engine), golden.voxels) != golden.classes))
    if not share <= GOLDEN_SHARE:
        raise IntegrityError(
            "the golden volumes give other masks here", where=engine.description,
            expected=f"at most {GOLDEN_SHARE:.1%} of voxels", got=f"{share:.2%}",
            remedy="Do not use the model on this machine; report processor and engine.",
        )
    return share


def _unit_geometry(shape: tuple[int, ...]) -> VolumeGeometry:
    return VolumeGeometry(
        shape=(shape[0], shape[1], shape[2]), spacing_mm=(1.0, 1.0, 1.0), origin_mm=(0.0, 0.0, 0.0),
        direction=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    )
