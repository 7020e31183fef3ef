"""Files of a folder → probabilities of several classes or findings, or numbers, one image in memory at a time."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.clinical.chest_xray.intended_use import refusal_for, refusal_of_error
from cauce.domain.errors import InputError
from cauce.domain.progress import Progress
from cauce.domain.result import Refusal
from cauce.predictor.bundle import Bundle
from cauce.predictor.outputs import predict_outputs
from cauce.predictor.runtime import Engine
from cauce.predictor.source import find_files, load_file


def answer_files(
    bundle: Bundle, engine: Engine, source: Path, *, key: bytes | None, progress: Progress
) -> Iterator[tuple[str, NDArray[np.float64] | Refusal]]:
    """Name and outputs (k,) of every file, see `predict_outputs`, in the order of their names; an image that the contract
    does not accept or that cannot be read is a refusal and stops nothing.

    Args:
        key: secret that PatientKeys are made with; None for the public default.

    Raises:
        InputError: there is no file, or one may not be read.
    """
    files = find_files(source)
    for number, path in enumerate(files):
        progress("predict", number, len(files))
        name = path.relative_to(source).as_posix() if source.is_dir() else path.name
        yield name, _answer(bundle, engine, path, name, key)
    progress("predict", len(files), len(files))


def _answer(bundle: Bundle, engine: Engine, path: Path, name: str, key: bytes | None) -> NDArray[np.float64] | Refusal:
    try:
        loaded = load_file(path, name, key=key)
        refusal = refusal_for(bundle.contract, loaded)
        if refusal is not None:
            return refusal
        return np.asarray(predict_outputs(engine, bundle.contract, [loaded.image.pixels])[0])
    except InputError as error:
        if not os.access(path, os.R_OK):
            raise
        return refusal_of_error(error)
