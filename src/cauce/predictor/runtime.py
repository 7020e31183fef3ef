"""Run an ONNX model: OpenVINO on a CPU, ONNX Runtime otherwise. Neither needs torch."""

from enum import StrEnum
from importlib.util import find_spec
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import MissingExtraError
from cauce.predictor.onnx_scan import check_onnx

Floats = NDArray[np.float32]


class EngineKind(StrEnum):
    """Which inference library runs the model. AUTO takes OpenVINO when it is installed, else ONNX Runtime."""

    AUTO = "auto"
    OPENVINO = "openvino"
    ONNXRUNTIME = "onnxruntime"


class Engine(Protocol):
    """A loaded model.

    Contract: `infer` gives the same numbers as the trained network within 1e-5, for any number n ≥ 1 of images, may be
    called from several threads, and never computes below float32.
    """

    @property
    def description(self) -> str:
        """Library, version and arithmetic, e.g. "openvino 2026.4.1 float32"."""
        ...

    def infer(self, images: Floats) -> tuple[Floats, Floats]:
        """(n, 1, rows, columns) → logit (n,), activation map (n, h', w')."""
        ...

    def infer_output(self, images: Floats, output: str) -> Floats:
        """One output of the graph by its name, e.g. the `probability` of a model that segments."""
        ...


def open_engine(model: bytes, kind: EngineKind = EngineKind.AUTO, *, threads: int | None = None) -> Engine:
    """Load an ONNX model.

    Args:
        model: content of the file; its digest was checked by the caller.
        kind: which library; a library that is asked for and missing is an error, never replaced.
        threads: CPU threads for one call; None leaves it to the library.

    Raises:
        IntegrityError: no self-contained ONNX model of standard operators.
        MissingExtraError: the library is not installed.
    """
    check_onnx(model)
    chosen = _installed() if kind is EngineKind.AUTO else kind
    if chosen is EngineKind.OPENVINO:
        from cauce.predictor.openvino_adapter import OpenVinoEngine

        return OpenVinoEngine(model, threads=threads)
    from cauce.predictor.onnxruntime_adapter import OnnxRuntimeEngine

    return OnnxRuntimeEngine(model, threads=threads)


def _installed() -> EngineKind:
    for kind in (EngineKind.OPENVINO, EngineKind.ONNXRUNTIME):
        if find_spec(kind.value) is not None:
            return kind
    raise MissingExtraError("no inference library is installed", remedy="pip install 'cauce[service]'")
