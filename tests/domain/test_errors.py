import pickle

import pytest

from cauce.domain.errors import IntegrityError, UnreadableImageError


def test_an_error_is_one_line_that_says_what_where_expected_got_and_what_to_do():
    error = IntegrityError("digest differs", where="model.onnx", expected="aa", got="bb", remedy="Build it again.")
    assert str(error) == "model.onnx: digest differs (expected aa, got bb). Build it again."


@pytest.mark.parametrize(
    ("parts", "line"), [({"expected": "at most 5"}, "too many (expected at most 5)"), ({"got": "7"}, "too many (got 7)")]
)
def test_what_is_not_known_is_not_said(parts, line):
    assert IntegrityError("too many", **parts).line() == line


@pytest.mark.parametrize("protocol", [2, 5])
def test_an_error_crosses_a_process_border_whole(protocol):
    # multiprocessing itself pickles exceptions; nothing else in cauce does
    error = UnreadableImageError("truncated", where="a.dcm", remedy="Send it again.")
    copy = pickle.loads(pickle.dumps(error, protocol))
    assert type(copy) is UnreadableImageError
    assert copy.line() == error.line()
    assert copy.remedy == "Send it again."
