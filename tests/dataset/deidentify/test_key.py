from pathlib import Path

import pytest

from cauce.dataset.deidentify.key import make_key, read_key, subkey
from cauce.domain.errors import ConfigurationError, InputError


def test_a_made_key_is_secret_random_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key"
    make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    first = read_key(path)
    assert len(first) >= 32
    with pytest.raises(InputError, match="leave --make-key out"):
        make_key(path)
    assert read_key(path) == first
    make_key(tmp_path / "other")
    assert read_key(tmp_path / "other") != first


def test_a_missing_key_is_an_error_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--make-key"):
        read_key(tmp_path / "none")
    assert not list(tmp_path.iterdir())


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret\n")
    with pytest.raises(ConfigurationError, match="too short"):
        read_key(tmp_path / "key")


def test_each_purpose_has_its_own_key() -> None:
    assert len({subkey(b"k" * 32, purpose) for purpose in ("uid", "dates", "patient", "item", "stamp")}) == 5
