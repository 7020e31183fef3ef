"""The copies among the images of a cohort: looked for once, kept in the workspace, read again by split and audit."""

import json
from dataclasses import asdict
from pathlib import Path

from cauce.dataset.near_duplicates import VERSION, NearDuplicate, near_duplicates
from cauce.dataset.thumbnail import read_thumbnails
from cauce.domain.cohort import Cohort
from cauce.domain.progress import Progress, silent
from cauce.domain.record import canonical_json, sha256_hex
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
    known = _kept(path)
    if known is not None:
        return known
    found = near_duplicates(thumbnails, progress=progress)
    pairs = [asdict(pair) for pair in found]
    write_bytes(path, json.dumps({"sha256": sha256_hex(canonical_json(pairs)), "pairs": pairs}).encode())
    return found


def _kept(path: Path) -> list[NearDuplicate] | None:
    """What was found before; None where there is nothing, or where it was changed since: then it is looked for again."""
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_bytes())
        pairs = content["pairs"]
        if content["sha256"] != sha256_hex(canonical_json(pairs)):
            return None
        return [NearDuplicate(**pair) for pair in pairs]
    except (ValueError, TypeError, KeyError):
        return None


def _path(workspace: Workspace, cohort: Cohort) -> Path:
    return workspace.folder("copies") / f"{cohort.thumbnails_sha256}.{VERSION}.json"
