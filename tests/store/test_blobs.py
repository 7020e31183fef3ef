import pytest

from cauce.domain.errors import IntegrityError, NotFoundError
from cauce.store.blobs import BlobStore


def test_the_same_content_is_stored_once_and_read_checked(tmp_path):
    store = BlobStore(tmp_path / "arrays")
    digest = store.put_bytes(b"pixels")
    extra = tmp_path / "file"
    extra.write_bytes(b"pixels")
    assert store.put_file(extra) == digest
    assert store.read(digest) == b"pixels"
    assert not extra.exists()


def test_a_changed_file_is_refused(tmp_path):
    store = BlobStore(tmp_path)
    digest = store.put_bytes(b"pixels")
    store.path(digest).write_bytes(b"pixelz")
    with pytest.raises(IntegrityError, match="a stored file was changed"):
        store.read(digest)


def test_an_absent_file_is_said_to_be_absent(tmp_path):
    with pytest.raises(NotFoundError):
        BlobStore(tmp_path).read("0" * 64)
