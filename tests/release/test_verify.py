"""Whatever is changed in a release is found, before anything of it is used."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cauce.domain.errors import CauceError, IntegrityError, NotFoundError
from cauce.release.cryptography_adapter import SigningKey
from cauce.release.verify import open_release, verify_release
from cauce.store.workspace import Workspace


def test_an_untouched_release_verifies(release: Path, workspace: Workspace) -> None:
    found = verify_release(release)
    assert found.release.version == 2
    assert found.golden_difference <= 1e-5
    assert not found.signer_is_known
    key = SigningKey.open(workspace.root / "keys").public_hex()
    assert verify_release(release, trusted=frozenset({key})).signer_is_known


@given(st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_flipped_bit_anywhere_is_found(release: Path, data: st.DataObject) -> None:
    files = sorted(path for path in release.rglob("*") if path.is_file() and ".git" not in path.parts)
    path = data.draw(st.sampled_from(files), label="file")
    original = path.read_bytes()
    if not original.strip():
        return
    at, bit = data.draw(st.integers(0, len(original) - 1)), data.draw(st.integers(0, 7))
    changed = bytearray(original)
    changed[at] ^= 1 << bit
    if path.name == "release.sig" and changed.lower().split() == original.lower().split():
        return  # the same signature, written in capitals or followed by another white space
    path.write_bytes(changed)
    try:
        if path.name == "release.json" and _same_record(original, bytes(changed)):
            verify_release(release)  # white space between values is no content
        else:
            with pytest.raises(CauceError):
                verify_release(release)
    finally:
        path.write_bytes(original)


def _same_record(first: bytes, second: bytes) -> bool:
    try:
        return bool(json.loads(first) == json.loads(second))
    except ValueError:
        return False


def test_added_missing_and_linked_files_are_found(release: Path) -> None:
    (release / "src" / "small_chest" / "extra.py").write_text("import os")
    with pytest.raises(IntegrityError, match="not in the release"):
        verify_release(release)
    (release / "src" / "small_chest" / "extra.py").unlink()
    (release / "README.md").rename(release / "dist")
    with pytest.raises(IntegrityError, match="missing"):
        verify_release(release)
    (release / "README.md").symlink_to("/etc/hostname")
    with pytest.raises(IntegrityError, match="link"):
        verify_release(release)


def test_a_release_signed_again_by_a_stranger_is_refused_where_the_maker_is_known(
    release: Path, workspace: Workspace, tmp_path: Path
) -> None:
    from cauce.domain.release import Release
    from cauce.release.build import signed_bytes

    stranger = SigningKey.open(tmp_path / "keys")
    record = Release.model_validate_json((release / "release.json").read_bytes())
    forged = record.model_copy(update={"public_key": stranger.public_hex()})
    (release / "release.json").write_text(forged.model_dump_json())
    (release / "release.sig").write_text(stranger.sign(signed_bytes(forged)).hex())
    maker = SigningKey.open(workspace.root / "keys").public_hex()
    with pytest.raises(IntegrityError, match="not trusted"):
        open_release(release, trusted=frozenset({maker}))


def test_another_bundle_under_the_same_signature_is_not_served(release: Path, tmp_path: Path) -> None:
    import shutil

    from small_bundle import write_small_bundle

    shutil.rmtree(release / "bundle")
    write_small_bundle(release / "bundle", seed=1)
    with pytest.raises(IntegrityError, match="another model"):
        open_release(release)


def test_a_folder_without_a_release_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no release"):
        verify_release(tmp_path)
