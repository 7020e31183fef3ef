"""Look through an ONNX file without an ONNX library, before any engine sees it.

An ONNX model is a protocol buffer. Its tensors may name *external* files by path, which an engine then opens: a way out of
the bundle. This walk refuses those, operators outside the ONNX standard, and whatever is no ONNX model at all.

Source: onnx.proto of ONNX 1.17; wire format of protocol buffers.
"""

from collections.abc import Iterator

from cauce.domain.errors import IntegrityError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_STANDARD_DOMAINS = {b"", b"ai.onnx"}
_MAXIMUM_DEPTH = 16

# message → number of field → message it holds; only the ways that lead to a tensor or a node
_CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_TENSOR_EXTERNAL_DATA, _TENSOR_DATA_LOCATION = 13, 14
_NODE_DOMAIN = 7
_MODEL_IR_VERSION, _MODEL_GRAPH = 1, 7


def check_onnx(model: bytes) -> None:
    """Pass a self-contained model of standard operators; refuse everything else.

    Raises:
        IntegrityError: no ONNX model, truncated, data outside the file, or an operator that is not ONNX's own.
    """
    fields = {number for number, _, _ in _fields(memoryview(model))}
    if not {_MODEL_IR_VERSION, _MODEL_GRAPH} <= fields:
        raise _refusal("the file is no ONNX model")
    _walk(memoryview(model), "model", 0)


def _walk(data: memoryview, message: str, depth: int) -> None:
    if depth > _MAXIMUM_DEPTH:
        raise _refusal("graphs are nested too deeply")
    children = _CHILDREN.get(message, {})
    for number, _, value in _fields(data):
        if message == "tensor" and (number == _TENSOR_EXTERNAL_DATA or (number == _TENSOR_DATA_LOCATION and value != 0)):
            raise _refusal("weights are kept in another file")
        if not isinstance(value, memoryview):
            if number in children:
                raise _refusal("the file is no ONNX model")
            continue
        if message == "node" and number == _NODE_DOMAIN and bytes(value) not in _STANDARD_DOMAINS:
            raise _refusal("the model uses operators that are not part of ONNX")
        if number in children:
            _walk(value, children[number], depth + 1)


def _fields(data: memoryview) -> Iterator[tuple[int, int, memoryview | int]]:
    """(field number, wire type, value) of each field of one message; fixed-width values are skipped as 0."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise _refusal("the file is no ONNX model")
        if kind == _VARINT:
            value, position = _varint(data, position)
            yield number, kind, value
            continue
        if kind == _BYTES:
            length, position = _varint(data, position)
        elif kind in (_FIXED32, _FIXED64):
            length = 4 if kind == _FIXED32 else 8
        else:
            raise _refusal("the file is no ONNX model")
        if position + length > len(data):
            raise _refusal("the file is truncated or no ONNX model")
        yield number, kind, data[position : position + length] if kind == _BYTES else 0
        position += length


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            raise _refusal("the file is truncated or no ONNX model")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise _refusal("the file is no ONNX model")


def _refusal(what: str) -> IntegrityError:
    return IntegrityError(what, where="model.onnx", remedy="Get the model again from the one who made it.")
