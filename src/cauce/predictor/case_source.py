"""A row of a cohort → its volumes in memory, whatever files they come from."""

from pathlib import Path

from cauce.domain.study import InstanceRow
from cauce.predictor.series_source import load_series
from cauce.predictor.volume_source import LoadedVolume, load_volume


def load_channels(root: Path, row: InstanceRow) -> tuple[LoadedVolume, ...]:
    """The input channels of a row that is a volume, in the order of the cohort's YAML; a DICOM series has one.

    Raises:
        InputError, UnreadableImageError, TooLargeError: as `load_series` and `load_volume`.
    """
    if row.files:
        return (load_series([root / name for name in row.files], row.path),)
    paths = [channel.path for channel in row.channels] or [row.path]
    return tuple(load_volume(root / path, path) for path in paths)
