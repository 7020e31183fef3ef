"""`cauce dataset fetch`: licence, download, digests, unpacking, cohort.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cauce.dataset.fetch.catalogue import CATALOGUE, PublicSet
from cauce.dataset.fetch.download import download
from cauce.dataset.fetch.prepare import prepare
from cauce.domain.errors import InputError, NotFoundError
from cauce.domain.progress import Progress, silent
from cauce.store.atomic import new_folder
from cauce.store.blobs import file_sha256

_DOWNLOADS = "downloads"


@dataclass(frozen=True)
class Fetched:
    """What lies where.

    Attributes:
        sha256: of each downloaded file, by name.
        cohort: cohort.yaml, or None for a set that none describes yet.
    """

    folder: Path
    sha256: dict[str, str]
    cohort: Path | None


def public_set(name: str) -> PublicSet:
    """The set of this name, in any case of letters.

    Raises:
        NotFoundError: there is none; the message lists those there are.
    """
    found = next((each for key, each in CATALOGUE.items() if key.lower() == name.lower()), None)
    if found is None:
        raise NotFoundError(f"no public set named '{name}'", remedy=f"There are: {', '.join(CATALOGUE)}.")
    return found


def fetch(
    public: PublicSet, folder: Path, *, accepts_licence: bool, pins: Mapping[str, str], progress: Progress = silent,
    pause_s: float = 2.0,
) -> Fetched:
    """Download, check and unpack a set into `folder`, which is made when the whole of it is there.

    Args:
        folder: what was downloaded lies in its `downloads`, what was unpacked in `data`.
        pins: SHA-256 by file name, which the user vouches for.

    Raises:
        InputError: the licence was not accepted; the server refuses or is not reached.
        IntegrityError, ArchiveError: a file is not what it should be.
    """
    if not accepts_licence:
        raise InputError(f"the licence was not accepted: {public.licence}", where=public.title,
                         remedy=f"Read {public.source}, then run again with --accept-licence. Cite: {public.citation}.")
    unknown = sorted(set(pins) - {file.name for file in public.files})
    if unknown:
        raise InputError(f"no file named '{unknown[0]}' in this set", where="--pin",
                         expected=", ".join(file.name for file in public.files)[:200])
    downloads = folder / _DOWNLOADS
    downloads.mkdir(parents=True, exist_ok=True)
    files = [
        download(file, downloads, hosts=public.hosts, pin=pins.get(file.name), progress=progress, pause_s=pause_s)
        for file in public.files
    ]
    data = folder / "data"
    if not data.exists():
        with new_folder(data) as partial:
            prepare(public, files, partial, progress=progress)
    cohort = data / "cohort.yaml"
    return Fetched(folder, {file.name: file_sha256(file) for file in files}, cohort if cohort.exists() else None)
