"""OpenVINO behind `Engine`: float32 asked for by name (its default is bfloat16 where the CPU has it), telemetry off."""

import io
import sys
from importlib import import_module
from threading import local
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import IntegrityError, MissingExtraError

Floats = NDArray[np.float32]


class OpenVinoEngine:
    """A compiled model; each thread uses a request of its own, since a request serves one call at a time."""

    def __init__(self, model: bytes, *, threads: int | None = None) -> None:
        openvino = _openvino()
        core = openvino.Core()
        options: dict[str, object] = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        if threads is not None:
            options["INFERENCE_NUM_THREADS"] = threads
        try:
            self._compiled = core.compile_model(core.read_model(io.BytesIO(model)), "CPU", options)
        except RuntimeError:
            raise IntegrityError(
                "OpenVINO cannot load the model", where="model.onnx", remedy="Get the model again from the one who made it."
            ) from None
        self._version = str(openvino.__version__).split("-")[0]
        self._requests = local()

    @property
    def description(self) -> str:
        """Library, version and arithmetic."""
        return f"openvino {self._version} float32"

    def infer(self, images: Floats) -> tuple[Floats, Floats]:
        """(n, 1, rows, columns) → logit (n,), activation map (n, h', w')."""
        outputs = self._run(images)
        return np.array(outputs["logit"], dtype=np.float32), np.array(outputs["activation"], dtype=np.float32)

    def infer_output(self, images: Floats, output: str) -> Floats:
        """One output of the graph by its name."""
        return np.array(self._run(images)[output], dtype=np.float32)

    def _run(self, images: Floats) -> Any:
        """All outputs, in memory that the next call of this thread writes over."""
        if not hasattr(self._requests, "mine"):
            self._requests.mine = self._compiled.create_infer_request()
        return self._requests.mine.infer([np.ascontiguousarray(images, dtype=np.float32)])


def _openvino() -> ModuleType:
    """OpenVINO, imported without its telemetry: where that cannot be imported, OpenVINO uses a stub that sends nothing."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        return import_module("openvino")
    except ImportError:
        raise MissingExtraError("OpenVINO is not installed", remedy="pip install 'cauce[service]'") from None
