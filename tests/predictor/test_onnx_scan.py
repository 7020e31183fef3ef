import pickle
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from cauce.domain.errors import IntegrityError
from cauce.predictor.onnx_scan import check_onnx
from cauce.predictor.runtime import EngineKind, open_engine


def graph_with(tensor: TensorProto, *, domain: str = "") -> onnx.ModelProto:
    node = helper.make_node("Add", ["image", "w"], ["logit"], domain=domain)
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("image", "logit"))
    return helper.make_model(helper.make_graph([node], "g", [x], [y], [tensor]))


def external(path: str) -> TensorProto:
    tensor = numpy_helper.from_array(np.ones(1, np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", path
    return tensor


def test_a_plain_model_passes(model: bytes) -> None:
    check_onnx(model)
    check_onnx(graph_with(numpy_helper.from_array(np.ones(1, np.float32), "w")).SerializeToString())


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "weights.bin"])
def test_weights_in_another_file_are_refused(path: str) -> None:
    with pytest.raises(IntegrityError, match="another file"):
        check_onnx(graph_with(external(path)).SerializeToString())


def test_weights_in_another_file_are_refused_inside_an_inner_graph() -> None:
    inner = graph_with(external("../secret")).graph
    node = helper.make_node("If", ["c"], ["o"], then_branch=inner, else_branch=inner)
    model = helper.make_model(helper.make_graph([node], "g", [], []))
    with pytest.raises(IntegrityError, match="another file"):
        check_onnx(model.SerializeToString())


def test_weights_in_another_file_are_refused_as_a_constant_of_a_node() -> None:
    node = helper.make_node("Constant", [], ["o"], value=external("../secret"))
    with pytest.raises(IntegrityError, match="another file"):
        check_onnx(helper.make_model(helper.make_graph([node], "g", [], [])).SerializeToString())


def test_operators_of_a_third_party_are_refused() -> None:
    model = graph_with(numpy_helper.from_array(np.ones(1, np.float32), "w"), domain="com.example")
    with pytest.raises(IntegrityError, match="not part of ONNX"):
        check_onnx(model.SerializeToString())


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (open, ("/tmp/cauce-pickle-was-run", "w"))


@pytest.mark.parametrize("data", [b"", b"text", pickle.dumps(Bomb()), b"\x80" * 100, b"PK\x03\x04" + bytes(50)])
@pytest.mark.parametrize("kind", list(EngineKind))
def test_what_is_no_model_reaches_no_engine(data: bytes, kind: EngineKind) -> None:
    with pytest.raises(IntegrityError):
        open_engine(data, kind)
    assert not Path("/tmp/cauce-pickle-was-run").exists()


def test_a_truncated_model_is_refused(model: bytes) -> None:
    with pytest.raises(IntegrityError):
        open_engine(model[: len(model) // 2])
