import pytest

from cauce.store.atomic import new_folder, write_bytes


def test_a_failed_folder_leaves_the_old_one_and_no_trace(tmp_path):
    target = tmp_path / "out"
    with new_folder(target) as folder:
        (folder / "a").write_text("first")
    with pytest.raises(RuntimeError), new_folder(target) as folder:
        (folder / "a").write_text("second")
        raise RuntimeError
    assert (target / "a").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "deep" / "file"
    write_bytes(path, b"first")
    write_bytes(path, b"second")
    assert path.read_bytes() == b"second"
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]
