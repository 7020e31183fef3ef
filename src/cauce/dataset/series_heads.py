"""Files → slice headers, on all cores; pixels of uncompressed files are not read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cauce.dataset.pool import run_chunks
from cauce.dicom.header_template import HeaderTemplate
from cauce.dicom.slice_header import SliceHeader, read_slice_headers, slice_template
from cauce.domain.errors import CauceError
from cauce.domain.progress import Progress

_CHUNK = 256
_INLINE = 1024  # fewer headers are read here


@dataclass(frozen=True)
class Head:
    """One file's slices, several of a multi-frame object, or why it has none; `name` is relative to the data root."""

    name: str
    slices: tuple[SliceHeader, ...] = ()
    code: str = ""
    reason: str = ""


@dataclass(frozen=True)
class _Chunk:
    root: Path
    names: tuple[str, ...]


def read_heads(root: Path, names: Sequence[str], *, progress: Progress) -> list[Head]:
    """Headers of the files `names` below `root`, in their order; whatever is wrong with a file becomes its reason."""
    chunks = [_Chunk(root, tuple(names[at:at + _CHUNK])) for at in range(0, len(names), _CHUNK)]
    heads: dict[str, Head] = {}
    for found in run_chunks(_read_chunk, chunks, split=_singles, lost=_lost, inline=len(names) <= _INLINE):
        heads.update({head.name: head for head in found})
        progress("read headers", len(heads), len(names))
    return [heads[name] for name in names]


def _singles(chunk: _Chunk) -> list[_Chunk]:
    return [_Chunk(chunk.root, (name,)) for name in chunk.names]


def _lost(chunk: _Chunk) -> Head:
    return Head(chunk.names[0], code="decoder-crash", reason="the process that read it died")


def _read_chunk(chunk: _Chunk) -> list[Head]:
    template = slice_template()
    return [_read(chunk.root / name, name, template) for name in chunk.names]


def _read(path: Path, name: str, template: HeaderTemplate) -> Head:
    try:
        return Head(name, read_slice_headers(path, template))
    except CauceError as error:
        return Head(name, code=error.code, reason=error.line().removeprefix(path.name).lstrip(":, "))
    except Exception as error:  # one file of a hospital's archive must not end the run; it is listed with its reason
        return Head(name, code="unexpected", reason=f"unexpected {type(error).__name__} while reading the header")
