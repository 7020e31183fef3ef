"""The one place that knows the cryptography library: Ed25519 keys and signatures (RFC 8032)."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cauce.domain.errors import ConfigurationError, InputError, IntegrityError, MissingExtraError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KEY_NAME = "release-ed25519.pem"
_OTHERS = 0o077


class SigningKey:
    """A workspace's private key, in `keys/` with mode 0600. It never leaves the workspace; releases carry its public half."""

    def __init__(self, private: "Ed25519PrivateKey") -> None:
        self._private = private

    @classmethod
    def open(cls, folder: Path) -> "SigningKey":
        """Read the key of `folder`, making one on first use.

        Raises:
            ConfigurationError: the key file can be read by others, or holds no Ed25519 key.
            MissingExtraError: the cryptography library is not installed.
        """
        path = folder / _KEY_NAME
        if not path.exists():
            _make(path)
        if path.stat().st_mode & _OTHERS:
            raise ConfigurationError("the signing key can be read by others", where=f"keys/{_KEY_NAME}", expected="mode 0600",
                                     got=f"{path.stat().st_mode & 0o777:04o}", remedy="chmod 600 it, or make a new key.")
        return cls(_load(path))

    def public_hex(self) -> str:
        """The public key: 64 hexadecimal digits."""
        return self._private.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> bytes:
        """64-byte signature of `message`."""
        return self._private.sign(message)


def trusted_keys(keys: Iterable[str]) -> frozenset[str]:
    """Public keys that a caller trusts, as they stand in a release.

    Raises:
        InputError: one of them is not 64 hexadecimal digits.
    """
    known = frozenset(key.strip().lower() for key in keys)
    for key in known:
        if not re.fullmatch(r"[0-9a-f]{64}", key):
            raise InputError("not a public key", where="--public-key", expected="64 hexadecimal digits",
                             got=f"{len(key)} characters", remedy="Copy the whole key that the release's maker published.")
    return known


def check_signature(public_hex: str, signature: bytes, message: bytes) -> None:
    """Return when `signature` is of `message` by the owner of `public_hex`.

    Raises:
        IntegrityError: it is not.
    """
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise _missing() from None
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex)).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise IntegrityError(
            "the signature does not match", where="release.sig",
            remedy="The release was changed; fetch it again from its maker.",
        ) from None


def _make(path: Path) -> None:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError:
        raise _missing() from None
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # The mode is set as the file is made: at no moment can others read it. O_EXCL: never over an existing key.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(pem)
        stream.flush()
        os.fsync(stream.fileno())


def _load(path: Path) -> "Ed25519PrivateKey":
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise _missing() from None
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError("not an Ed25519 private key", where=f"keys/{_KEY_NAME}",
                                 remedy="Restore it from a backup, or remove it to have a new one made.")
    return key


def _missing() -> MissingExtraError:
    return MissingExtraError("the cryptography library is not installed", remedy="pip install 'cauce[service]'")
