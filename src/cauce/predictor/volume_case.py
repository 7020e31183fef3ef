"""A row of a cohort → its prepared volume and its prepared reference mask, for training and for evaluation."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.domain.cohort import Cohort, DicomSource, NiftiSource
from cauce.domain.errors import ConfigurationError
from cauce.domain.preprocess import VolumeRecipe
from cauce.domain.reference import Mask
from cauce.domain.study import InstanceRow
from cauce.predictor.case_source import CasePlace, load_channels, load_reading
from cauce.predictor.volume_preprocess import PreparedVolume, prepare_mask, prepare_volume
from cauce.predictor.volume_source import check_same_place

SERIES = "image"
"""What the one channel of a DICOM series is called."""


def channels_of(cohort: Cohort, recipe: VolumeRecipe) -> tuple[str, ...]:
    """Names of the network's input channels: the recipe's, or all of the cohort's in their order.

    Raises:
        ConfigurationError: the cohort has no volumes, or lacks a channel.
    """
    source = cohort.spec.source
    known = tuple(source.channels) if isinstance(source, NiftiSource) else ()
    if isinstance(source, DicomSource) and source.unit == "series":
        known = (SERIES,)
    if not known:
        raise ConfigurationError(
            "segmentation reads volumes", where=cohort.name, expected="source.kind nifti, or dicom with `unit: series`",
            got=source.kind.value, remedy="Index the volumes with their masks.",
        )
    missing = [name for name in recipe.channels if name not in known]
    if missing:
        raise ConfigurationError(
            "the cohort lacks a channel", where="volume.channels", expected=", ".join(known), got=", ".join(missing),
            remedy="Correct experiment.yaml, or index the cohort with this channel.",
        )
    return recipe.channels or known


def read_case(root: Path, row: InstanceRow, recipe: VolumeRecipe, channels: tuple[str, ...]) -> PreparedVolume:
    """The volume of a row, as the network gets it.

    Args:
        root: data root of the cohort.
        row: of the cohort's table.
        recipe: how it is prepared.
        channels: as `channels_of` gives them.

    Raises:
        InputError, UnreadableImageError: a file is missing or unreadable.
        IntegrityError: a file was changed since it was indexed.
    """
    volumes = load_channels(root, row, channels)
    for volume in volumes[1:]:
        check_same_place(volume.geometry, volumes[0].geometry, volume.name)
    return prepare_volume(recipe, [volume.voxels for volume in volumes], volumes[0].geometry, row.path)


def reference_of(row: InstanceRow) -> Mask | None:
    """The reference mask of a row: of the reader that stands first in cohort.yaml; None where nobody has marked it."""
    return next((reading.mask for reading in row.readings if reading.mask is not None), None)


def read_reference(
    place: CasePlace, mask: Mask, case: PreparedVolume, *, recipe: VolumeRecipe, n_classes: int
) -> NDArray[np.uint8]:
    """The reference mask of a case on its prepared grid: 0 for background, i + 1 for class i.

    Raises: as `load_reading`, which gives the mask on the stored grid, where predictions are measured.
    """
    found = load_reading(place, mask, image=case.source, n_classes=n_classes)
    return prepare_mask(recipe, found, case.source, mask.path)
