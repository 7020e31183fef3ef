"""Log lines of service processes: what happened, never to whom. Nothing that quotes a file's content may write here."""

import logging
import sys
import traceback
import warnings

LOG = logging.getLogger("cauce.service")

# These libraries quote header values, addresses or request lines in their messages.
_TALKATIVE = ("pydicom", "pynetdicom", "highdicom", "uvicorn.access", "dbos", "PIL", "multipart", "python_multipart")


def configure_logging() -> None:
    """Send service lines to standard error; silence libraries whose lines may hold patient data."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    LOG.setLevel(logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    warnings.simplefilter("ignore")


def place_of(error: BaseException) -> str:
    """Kind of an unexpected error and the line of code it came from, without its message, which may quote a header."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else "unknown place"
    return f"{type(error).__name__} at {where}"


class _OneLine(logging.Formatter):
    """Writes an exception as its kind and place; a traceback's last line would be the exception's message."""

    def formatException(self, ei: object) -> str:
        error = ei[1] if isinstance(ei, tuple) else None
        return place_of(error) if isinstance(error, BaseException) else "unknown error"

    def format(self, record: logging.LogRecord) -> str:
        return " ".join(super().format(record).split())
