"""Files of a folder → cases of volumes: NIfTI files, or folders of one DICOM series each."""

from dataclasses import dataclass
from pathlib import Path

from cauce.domain.errors import InputError
from cauce.predictor.nibabel_adapter import is_nifti
from cauce.predictor.series_source import load_series
from cauce.predictor.volume_source import LoadedVolume, load_volume


@dataclass(frozen=True)
class VolumeFiles:
    """One case.

    Attributes:
        name: relative to the source, without the ending of a NIfTI file.
        channels: files of each channel, in the order of the model's; one NIfTI file, or the slices of one series.
    """

    name: str
    channels: tuple[tuple[Path, ...], ...]

    def load(self) -> list[LoadedVolume]:
        """The volumes of all channels.

        Raises:
            InputError, UnreadableImageError, TooLargeError: a file is missing or unreadable.
        """
        return [
            load_volume(files[0], files[0].name) if is_nifti(files[0]) else load_series(list(files), self.name)
            for files in self.channels
        ]


def find_cases(source: Path, channels: tuple[str, ...]) -> list[VolumeFiles]:
    """The cases of a file or folder, sorted by name.

    A model with one channel takes a NIfTI file, or a folder of any depth with NIfTI files, or with folders that hold one DICOM
    series each. A model with several takes a folder with a folder for each channel, in which the files of a case have one name.

    Raises:
        InputError: there is no case, or one lacks a channel.
    """
    if not source.exists():
        raise InputError("no such file or folder", where=source.name, remedy="Check the path.")
    if len(channels) > 1:
        return _several(source, channels)
    if source.is_file():
        return [VolumeFiles(_stem(source.name), ((source,),))]
    found = [VolumeFiles(name, (files,)) for name, files in _volumes(source)]
    if not found:
        raise InputError("no volume here", where=source.name, expected="NIfTI files, or folders of one DICOM series each",
                         remedy="Give a file, or the folder that holds them.")
    return found


def _several(source: Path, channels: tuple[str, ...]) -> list[VolumeFiles]:
    folders = {name: dict(_volumes(source / name)) for name in channels if (source / name).is_dir()}
    if set(folders) != set(channels):
        raise InputError("a folder is needed for each channel of the model", where=source.name,
                         expected=", ".join(channels), got=", ".join(folders) or "none of them",
                         remedy="Sort the files into folders of these names, each case under the same name.")
    names = sorted(set().union(*folders.values()))
    for name in names:
        missing = [channel for channel in channels if name not in folders[channel]]
        if missing:
            raise InputError("a case lacks a channel", where=name, expected=", ".join(channels), got=f"no {', '.join(missing)}",
                             remedy="Add the file, or leave the case out.")
    return [VolumeFiles(name, tuple(folders[channel][name] for channel in channels)) for name in names]


def _volumes(folder: Path) -> list[tuple[str, tuple[Path, ...]]]:
    """Name and files of each volume below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path.relative_to(folder)))
    niftis = [path for path in files if is_nifti(path)]
    if niftis:
        return [(_stem(path.relative_to(folder).as_posix()), (path,)) for path in niftis]
    series: dict[Path, list[Path]] = {}
    for path in files:
        series.setdefault(path.parent, []).append(path)
    return [(place.relative_to(folder).as_posix() if place != folder else folder.name, tuple(paths))
            for place, paths in sorted(series.items())]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _stem(name: str) -> str:
    return name.removesuffix(".gz").removesuffix(".nii")
