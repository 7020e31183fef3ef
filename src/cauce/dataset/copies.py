"""The copies among the images of a cohort: looked for once, kept in the workspace, read again by split and audit."""

import json
from dataclasses import asdict
from pathlib import Path

from cauce.dataset.near_duplicates import VERSION, NearDuplicate, near_duplicates
from cauce.dataset.thumbnail import read_thumbnails
from cauce.domain.cohort import Cohort
from cauce.domain.progress import Progress, silent
from cauce.store.atomic import write_bytes
from cauce.store.workspace import Workspace


def copies_of(workspace: Workspace, cohort: Cohort, *, progress: Progress = silent) -> list[NearDuplicate]:
    """Pairs of rows of the cohort's table that show one image, equal pixels included; none where no pixels were read.

    What was found is kept under the digest of the thumbnails and the version of the method, so that it is never stale.

    Raises:
        NotFoundError, IntegrityError: the cohort's thumbnails are missing or were changed.
    """
    if not cohort.pixels_read:
        return []
    thumbnails = read_thumbnails(workspace, cohort)
    path = _path(workspace, cohort)
    if path.is_file():
        return [NearDuplicate(**pair) for pair in json.loads(path.read_bytes())]
    found = near_duplicates(thumbnails, progress=progress)
    write_bytes(path, json.dumps([asdict(pair) for pair in found]).encode())
    return found


def _path(workspace: Workspace, cohort: Cohort) -> Path:
    return workspace.folder("copies") / f"{cohort.thumbnails_sha256}.{VERSION}.json"
