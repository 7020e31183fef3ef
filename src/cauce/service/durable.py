"""Files that a crash cannot take back: written, flushed to disk and named in one step, in folders that are flushed too."""

import os
import shutil
import tempfile
from pathlib import Path

from cauce.store.atomic import write_bytes

_PRIVATE = 0o700  # what lies here is about patients


def private_folder(path: Path) -> Path:
    """`path`, made when missing, readable by its owner only."""
    path.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
    return path


def create_once(path: Path, data: bytes) -> bool:
    """Write `data` to `path` unless a file stands there; of many writers exactly one gets True. Durable on return."""
    private_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
    finally:
        temporary.unlink(missing_ok=True)
    flush_folder(path.parent)
    return True


def write_folder_once(path: Path, files: dict[str, bytes]) -> bool:
    """Make the folder `path` with these files unless it exists; whole or absent after a crash. Durable on return."""
    private_folder(path.parent)
    partial = Path(tempfile.mkdtemp(dir=path.parent, prefix=".partial-"))
    try:
        for name, data in files.items():
            write_bytes(partial / name, data)
        flush_folder(partial)
        try:
            partial.rename(path)  # refuses a folder that holds something; spooled folders always do
        except OSError:
            if path.is_dir():
                return False
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    flush_folder(path.parent)
    return True


def remove_folder(path: Path) -> None:
    """Remove a folder in two steps, so that no reader ever sees a part of it. A missing folder is no error."""
    doomed = path.with_name(f".removed-{path.name}-{os.getpid()}")
    try:
        path.rename(doomed)
    except FileNotFoundError:
        return
    shutil.rmtree(doomed, ignore_errors=True)


def flush_folder(path: Path) -> None:
    """Write a folder's directory entries to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
