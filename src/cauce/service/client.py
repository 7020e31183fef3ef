"""A client of the REST interface: groups files into studies, sends them, waits for results. Standard library only."""

import http.client
import io
import json
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cauce.domain.errors import BusyError, CauceError, InputError, NotFoundError, TooLargeError, UnreadableImageError
from cauce.domain.progress import Progress
from cauce.predictor.source import find_files
from cauce.service.intake import Part, study_uid

_TIMEOUT_S = 120.0
_POLL_S = 0.2
_BUSY_PAUSE_S = 1.0
_FINAL = ("done", "refused", "failed")


@dataclass(frozen=True)
class Sent:
    """What became of one study.

    Attributes:
        files: names of its files, relative to the folder that was sent.
        status: HTTP status of the answer.
        answer: the result, or the problem document.
    """

    files: tuple[str, ...]
    status: int
    answer: dict[str, Any]


def submit(source: Path, url: str, *, queue: bool, progress: Progress) -> Iterator[Sent]:
    """Send a file, or each study of a folder; yields each study's answer.

    Args:
        url: of the service, e.g. `http://127.0.0.1:8000`.
        queue: send all to the durable queue first and then wait for the results, instead of one by one on the fast path.

    Raises:
        InputError: no file there, `url` is no web address, or nobody answers at it.
    """
    base = _address(url)
    studies = _studies(source)
    if not queue:
        for done, (files, body) in enumerate(studies, start=1):
            yield Sent(files, *_post(f"{base}/v1/studies", body))
            progress("send studies", done, len(studies))
        return
    accepted = []
    for done, (files, body) in enumerate(studies, start=1):
        accepted.append((files, *_post(f"{base}/v1/jobs", body)))
        progress("send studies", done, len(studies))
    for done, (files, status, answer) in enumerate(accepted, start=1):
        yield Sent(files, status, answer) if status >= 400 else Sent(files, *_wait(base, answer))
        progress("wait for results", done, len(accepted))


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, brackets that do not close
        usable = False
    if not usable:
        raise InputError("not a web address", where=url, expected="http://HOST:PORT", remedy="Correct --url.")
    return url.rstrip("/")


def _studies(source: Path) -> list[tuple[tuple[str, ...], bytes]]:
    """(file names, request body) of each study; a file that names no study goes by itself: the service says why not."""
    root = source if source.is_dir() else source.parent
    groups: dict[str, list[Path]] = {}
    for path in find_files(source):
        part = Part(path.read_bytes())
        try:
            groups.setdefault(study_uid(part), []).append(path)
        except (UnreadableImageError, TooLargeError):
            groups.setdefault(part.sha256, []).append(path)
    return [(tuple(path.relative_to(root).as_posix() for path in paths), _body(paths)) for paths in groups.values()]


def _body(paths: list[Path]) -> bytes:
    if len(paths) == 1:
        return paths[0].read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for number, path in enumerate(paths):
            archive.writestr(f"{number:06d}", path.read_bytes())  # the file's own name is not sent
    return out.getvalue()


def _wait(base: str, job: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    while job["state"] not in _FINAL:
        time.sleep(_POLL_S)
        _, job = _request(urllib.request.Request(base + job["links"]["self"]))
    return _request(urllib.request.Request(base + job["links"]["result"])) if "result" in job["links"] else (422, job)


def _post(url: str, body: bytes) -> tuple[int, dict[str, Any]]:
    while True:
        headers = {"Content-Type": "application/octet-stream"}
        status, answer = _request(urllib.request.Request(url, data=body, headers=headers, method="POST"))
        if status != BusyError.http_status:
            return status, answer
        time.sleep(_BUSY_PAUSE_S)


def _request(request: urllib.request.Request) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
            return response.status, dict(json.load(response))
    except urllib.error.HTTPError as error:
        return error.code, _problem(error)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise InputError(
            f"no service answers ({reason})", where=request.host, remedy="Start one with `cauce service run`."
        ) from None
    except (http.client.HTTPException, ValueError, TypeError):
        raise InputError(
            "what answers there is no cauce service", where=request.host, expected="JSON over HTTP", remedy="Correct --url."
        ) from None


def _problem(error: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        return dict(json.load(error))
    except (ValueError, TypeError):
        return {"status": error.code, "detail": str(error.reason), "code": "http"}


def explain(sent: Sent) -> str:
    """One line for people."""
    names = sent.files[0] if len(sent.files) == 1 else f"{sent.files[0]} and {len(sent.files) - 1} more"
    if sent.status >= 400:
        return f"{names}: not analysed: {sent.answer.get('detail') or sent.answer.get('reason')}"
    if sent.answer["probability"] is None:
        return f"{names}: refused: {sent.answer['refusal']['reason']}"
    return f"{names}: {sent.answer['decision']}, probability {sent.answer['probability']:.4f}, result {sent.answer['id'][:12]}"


def fetch(base: str, link: str) -> bytes:
    """A document of a result.

    Raises:
        NotFoundError: it is not there.
    """
    try:
        with urllib.request.urlopen(base.rstrip("/") + link, timeout=_TIMEOUT_S) as response:
            return bytes(response.read())
    except urllib.error.HTTPError as error:
        kind: type[CauceError] = NotFoundError if error.code == NotFoundError.http_status else InputError
        raise kind(f"no document ({error.code})", where=link, remedy="Send the study again.") from None
