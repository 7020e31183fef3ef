import json
from pathlib import Path

import pytest

from cauce.dataset.copies import _kept


@pytest.mark.parametrize("content", [
    b"", b"[]", b'{"pairs": []}', json.dumps({"sha256": "0" * 64, "pairs": []}).encode(), b'{"sha256": 1, "pairs": 2}',
])
def test_a_damaged_list_of_copies_is_looked_for_again(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.json").write_bytes(content)
    assert _kept(tmp_path / "c.json") is None
    assert _kept(tmp_path / "none.json") is None
