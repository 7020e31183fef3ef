"""Fixtures that every test folder uses: real data, and the standard's judges."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _absent(reason: str) -> None:
    """Skip on a developer's machine; fail where everything must run."""
    if os.environ.get("CAUCE_REQUIRE_ALL_TESTS"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real images: `CAUCE_REAL_DATA`, or `shared/data` beside the repository."""
    folder = Path(os.environ.get("CAUCE_REAL_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        _absent("no real data: set CAUCE_REAL_DATA to the folder that holds them")
    return folder


@pytest.fixture(scope="session")
def dciodvfy() -> Callable[[Path], list[str]]:
    """David Clunie's IOD validator; gives the error lines for a DICOM file, none when it conforms."""
    program = shutil.which("dciodvfy")
    if program is None:
        _absent("no dciodvfy: install the Debian package dicom3tools")

    def errors(path: Path) -> list[str]:
        done = subprocess.run([str(program), "-new", str(path)], capture_output=True, text=True, check=False)
        return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]

    return errors
