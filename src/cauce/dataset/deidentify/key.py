"""The secret behind new UIDs, pseudonyms and date offsets."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cauce.dicom.pseudonym import MINIMUM_KEY_BYTES
from cauce.domain.errors import ConfigurationError, InputError

_KEY_BYTES = 32


def read_key(path: Path) -> bytes:
    """The secret of a key file, without surrounding white space.

    Raises:
        ConfigurationError: the file is missing, or too short to be a secret.
    """
    if not path.is_file():
        raise ConfigurationError(
            "the key file is missing", where=str(path),
            remedy=f"Make one and keep it: cauce dataset deidentify SRC DST --key-file {path} --make-key",
        )
    key = path.read_bytes().strip()
    if len(key) < MINIMUM_KEY_BYTES:
        raise ConfigurationError(
            "the key is too short", where=str(path), expected=f"at least {MINIMUM_KEY_BYTES} bytes", got=str(len(key)),
            remedy="Make one at another path with --make-key.",
        )
    return key


def make_key(path: Path) -> None:
    """Write a new random key that only its owner can read.

    Raises:
        InputError: something is there already; a key is never overwritten, because nothing could be linked to it again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InputError("the key file exists", where=str(path), remedy="Use it: leave --make-key out.") from None
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_hex(_KEY_BYTES).encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def subkey(key: bytes, purpose: str) -> bytes:
    """A key for one purpose: what is made for one purpose tells nothing about another."""
    return hmac.new(key, b"cauce deidentify " + purpose.encode(), hashlib.sha256).digest()
