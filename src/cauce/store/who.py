"""Who sits at this machine, and what time it is: what every entry of a log begins with."""

import getpass
from datetime import UTC, datetime


def user() -> str:
    """The user of this machine, or "unknown"."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a user name
        return "unknown"


def now() -> str:
    """UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
