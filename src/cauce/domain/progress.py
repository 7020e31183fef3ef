"""How long work tells that it is alive: a callable that stages call and the command line draws."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called as `progress(step, done, total)`; `done` runs from 0 to `total`."""


def silent(step: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""
