"""ONNX Runtime behind `Engine`, on the CPU in float32."""

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import IntegrityError, MissingExtraError

Floats = NDArray[np.float32]


class OnnxRuntimeEngine:
    """A session; safe to call from several threads."""

    def __init__(self, model: bytes, *, threads: int | None = None) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise MissingExtraError("ONNX Runtime is not installed", remedy="pip install onnxruntime") from None
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors only
        if threads is not None:
            options.intra_op_num_threads = threads
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception:  # its errors share no base class
            raise IntegrityError(
                "ONNX Runtime cannot load the model", where="model.onnx", remedy="Get the model again from the one who made it."
            ) from None
        self._version = str(onnxruntime.__version__)

    @property
    def description(self) -> str:
        """Library, version and arithmetic."""
        return f"onnxruntime {self._version} float32"

    def infer(self, images: Floats) -> tuple[Floats, Floats]:
        """(n, 1, rows, columns) → logit (n,), activation map (n, h', w')."""
        logit, activation = self._session.run(["logit", "activation"], _feed(images))
        return np.asarray(logit), np.asarray(activation)

    def infer_output(self, images: Floats, output: str) -> Floats:
        """One output of the graph by its name."""
        return np.asarray(self._session.run([output], _feed(images))[0])


def _feed(images: Floats) -> dict[str, Floats]:
    return {"image": np.ascontiguousarray(images, dtype=np.float32)}
