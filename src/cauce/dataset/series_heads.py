"""Files → slice headers, on all cores; pixels of uncompressed files are not read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cauce.dataset.series_pool import run_all
from cauce.dicom.header_template import HeaderTemplate
from cauce.dicom.slice_header import SliceHeader, read_slice_header, slice_template
from cauce.domain.errors import CauceError
from cauce.domain.progress import Progress

_CHUNK = 256
_INLINE = 1024  # fewer headers are read here


@dataclass(frozen=True)
class Head:
    """One file's header, or the reason why it is no slice; `name` is relative to the data root."""

    name: str
    slice: SliceHeader | None = None
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
    for chunk, found in run_all(_read_chunk, chunks, inline=len(names) <= _INLINE):
        for head in _one_by_one(chunk) if found is None else found:
            heads[head.name] = head
        progress("read headers", len(heads), len(names))
    return [heads[name] for name in names]


def _one_by_one(chunk: _Chunk) -> list[Head]:
    singles = [_Chunk(chunk.root, (name,)) for name in chunk.names]
    return [
        Head(single.names[0], code="decoder-crash", reason="the process that read it died") if found is None else found[0]
        for single, found in run_all(_read_chunk, singles, inline=False)
    ]


def _read_chunk(chunk: _Chunk) -> list[Head]:
    template = slice_template()
    return [_read(chunk.root / name, name, template) for name in chunk.names]


def _read(path: Path, name: str, template: HeaderTemplate) -> Head:
    try:
        return Head(name, read_slice_header(path, template))
    except CauceError as error:
        return Head(name, code=error.code, reason=error.line().removeprefix(path.name).lstrip(":, "))
    except Exception as error:  # one file of a hospital's archive must not end the run; it is listed with its reason
        return Head(name, code="unexpected", reason=f"unexpected {type(error).__name__} while reading the header")
