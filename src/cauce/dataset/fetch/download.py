"""One file over HTTP: resumed where it was cut, led only to hosts that are listed, kept only when its digest is right."""

import hashlib
import http.client
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from cauce.dataset.fetch.catalogue import RemoteFile
from cauce.domain.errors import InputError, IntegrityError
from cauce.domain.progress import Progress
from cauce.store.blobs import file_sha256

_BLOCK = 1 << 20
_MEBIBYTE = 1 << 20
_ATTEMPTS = 5
_TIMEOUT_S = 60.0
_SAVED = (OSError, http.client.HTTPException)


def download(
    file: RemoteFile, folder: Path, *, hosts: Sequence[str], pin: str | None, progress: Progress, pause_s: float = 2.0
) -> Path:
    """Download `file` into `folder`, or take it from there when it is whole, and return its path.

    A cut download stays as `.partial-NAME` and goes on from its end at the next attempt or the next call.

    Args:
        hosts: other hosts that the address may redirect to.
        pin: SHA-256 that the user vouches for; needed where the publisher gives no checksum.
        pause_s: before the second attempt; doubled each time.

    Raises:
        IntegrityError: another digest than expected, or none to compare with and no pin.
        InputError: the server refuses, redirects elsewhere, or stays unreachable.
    """
    target = folder / file.name
    if not target.exists():
        partial = folder / f".partial-{file.name}"
        for attempt in range(_ATTEMPTS):
            try:
                _continue(file, partial, hosts, progress)
                break
            except _SAVED as error:
                if attempt == _ATTEMPTS - 1:
                    raise InputError(
                        f"the download was cut {_ATTEMPTS} times ({type(error).__name__})", where=file.name,
                        remedy="Run the same command again: it goes on from where it stopped.",
                    ) from None
                time.sleep(pause_s * 2**attempt)
        _check(file, partial, pin)
        partial.replace(target)
    else:
        _check(file, target, pin)
    return target


def _continue(file: RemoteFile, partial: Path, hosts: Sequence[str], progress: Progress) -> None:
    """Fetch what is missing of the file.

    Raises:
        InputError: the server's answer is no part of this file.
        OSError, HTTPException: the connection was cut or refused.
    """
    have = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(file.address, headers={"User-Agent": "cauce", "Accept-Encoding": "identity"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    opener = urllib.request.build_opener(_ListedHosts((_host(file.address), *hosts)))
    try:
        answer = opener.open(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # nothing after the last byte: the file is whole, its digest decides
            return
        if error.code >= 500:
            raise ConnectionError(f"status {error.code}") from None
        raise InputError(f"the server answers {error.code}", where=file.name, got=file.address,
                         remedy="The address may have moved; see the set's own site.") from None
    with answer, partial.open("ab" if answer.status == 206 else "wb") as stream:
        start = have if answer.status == 206 else 0
        if start and not str(answer.headers.get("Content-Range", "")).startswith(f"bytes {start}-"):
            raise InputError("the server sends another part than was asked for", where=file.name,
                             remedy=f"Delete {partial.name} and run the command again.")
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length else file.size_bytes
        _room(partial.parent, (total or 0) - start, file.name)
        _copy(answer, stream, start, total, lambda done, all_: progress(file.name, done, all_))
    if total is not None and partial.stat().st_size < total:
        raise ConnectionError("the answer ended early")


def _copy(source: IO[bytes], target: IO[bytes], done: int, total: int | None, tell: Callable[[int, int], None]) -> None:
    while block := source.read(_BLOCK):
        target.write(block)
        done += len(block)
        whole = max(total or 0, done)
        tell(done // _MEBIBYTE, max(whole // _MEBIBYTE, 1))
    target.flush()
    os.fsync(target.fileno())


def _check(file: RemoteFile, path: Path, pin: str | None) -> None:
    """Compare digests; a wrong file is deleted, so that the next call starts anew.

    Raises:
        IntegrityError: wrong, or nothing to compare with.
    """
    sha256 = file_sha256(path)
    if pin is not None and sha256 != pin.lower():
        path.unlink()
        raise IntegrityError("the file is not the pinned one", where=file.name, expected=pin[:16], got=sha256[:16],
                             remedy="The file was deleted. Find out why it differs before you pin another digest.")
    if file.md5 is not None:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        if found != file.md5:
            path.unlink()
            raise IntegrityError("the download is damaged or was replaced", where=file.name, expected=file.md5, got=found,
                                 remedy="The file was deleted: run the command again.")
    elif pin is None:
        raise IntegrityError(
            "nobody published a checksum of this file, so it is not trusted unseen", where=file.name, got=f"SHA-256 {sha256}",
            remedy=f"If this is the file you expect, run again with --pin {file.name}={sha256}.",
        )


def _room(folder: Path, needed: int, name: str) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise InputError("the disk has too little room", where=name, expected=f"{needed // _MEBIBYTE} MB",
                         got=f"{free // _MEBIBYTE} MB", remedy="Give --to a folder on a larger disk.")


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""


class _ListedHosts(urllib.request.HTTPRedirectHandler):
    """Follows a redirect to a listed host only, and never from https to http."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = hosts

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        """As the base class, after the check.

        Raises:
            InputError: another host, or no longer encrypted.
        """
        leads_to = urlsplit(newurl)
        if (leads_to.hostname or "") not in self._hosts or (urlsplit(req.full_url).scheme == "https" != leads_to.scheme):
            raise InputError("the server redirects to a host that is not listed for this set", where=_host(req.full_url),
                             expected=", ".join(self._hosts), got=f"{leads_to.scheme}://{leads_to.hostname}",
                             remedy="Download the file by hand if you trust that host, and put it into the folder.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
