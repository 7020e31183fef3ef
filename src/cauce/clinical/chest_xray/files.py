"""Files of a folder → results, a few at a time: never a whole folder in memory."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cauce.clinical.chest_xray.analyse import Analyser
from cauce.domain.errors import InputError
from cauce.domain.progress import Progress, silent
from cauce.domain.result import InstanceResult
from cauce.predictor.source import LoadedInstance, find_files, load_file
from cauce.store.blobs import file_sha256

_BATCH = 8  # radiographs of 3000 × 3000 pixels in float32: 300 MB


@dataclass(frozen=True, eq=False)
class AnalysedFile:
    """One file's answer; `loaded` is None when it could not be read."""

    result: InstanceResult
    loaded: LoadedInstance | None


def analyse_files(
    analyser: Analyser, source: Path, *, key: bytes | None, progress: Progress = silent
) -> Iterator[AnalysedFile]:
    """Analyse every file of a folder, or one file, in the order of their names.

    A file that cannot be read is a refused instance and stops nothing; names are relative to `source`.

    Args:
        key: secret that PatientKeys are made with; None for the public default.

    Raises:
        InputError: there is no file, or one may not be read.
    """
    files = find_files(source)
    for start in range(0, len(files), _BATCH):
        yield from _analyse(analyser, source, files[start : start + _BATCH], key)
        progress("predict", min(start + _BATCH, len(files)), len(files))


def _analyse(analyser: Analyser, source: Path, files: list[Path], key: bytes | None) -> list[AnalysedFile]:
    opened = [_open(analyser, path, _name(path, source), key) for path in files]
    loaded = [item for item in opened if isinstance(item, LoadedInstance)]
    answers = iter(analyser.analyse_batch(loaded))
    return [
        AnalysedFile(next(answers), item) if isinstance(item, LoadedInstance) else AnalysedFile(item, None) for item in opened
    ]


def _open(analyser: Analyser, path: Path, name: str, key: bytes | None) -> LoadedInstance | InstanceResult:
    try:
        return load_file(path, name, key=key)
    except InputError as error:
        if not os.access(path, os.R_OK):
            raise
        return analyser.refused_file(name, file_sha256(path), error)


def _name(path: Path, source: Path) -> str:
    return path.relative_to(source).as_posix() if source.is_dir() else path.name
