"""A release is a git repository from its first day, where git is installed."""

import shutil
import subprocess
from pathlib import Path

from cauce.domain.errors import InputError

_SETTINGS = ("user.name=cauce", "user.email=cauce@localhost", "commit.gpgsign=false", "core.hooksPath=/dev/null")
_COMMIT = tuple(word for setting in _SETTINGS for word in ("-c", setting))


def commit_all(folder: Path, *, message: str) -> bool:
    """Make `folder` a git repository with one commit; False where git is not installed.

    Raises:
        InputError: git failed.
    """
    git = shutil.which("git")
    if git is None:
        return False
    for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), (*_COMMIT, "commit", "-q", "-m", message)):
        done = subprocess.run([git, *arguments], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise InputError("git failed", where=folder.name, got=done.stderr.strip()[:200], remedy="Check git.")
    return True
