"""Random generators named by what they decide, so that a draw never depends on the order of other draws."""

import hashlib

import numpy as np


def generator(*parts: str | int) -> np.random.Generator:
    """A generator that is a function of `parts` alone, e.g. ("anatomy", seed, patient number)."""
    text = "\x1f".join(str(part) for part in parts)
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")))
