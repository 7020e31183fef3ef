"""Typst: a template and data → PDF. Data travel as JSON and stay data; nothing of them is read as markup."""

import json
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cauce.domain.errors import MissingExtraError

if TYPE_CHECKING:
    from typst import Fonts


def render_pdf(template: str, data: dict[str, Any], *, created: datetime | None = None) -> bytes:
    """Typeset `template`, a file of this package, with `data` under `sys.inputs.data`.

    Fonts are the bundled ones only, so that the same data give the same bytes on every machine.

    Args:
        created: goes into the file's properties and makes it PDF/A-2b, which demands a date; None leaves the date out.

    Raises:
        MissingExtraError: typst is not installed.
    """
    try:
        import typst
    except ImportError:
        raise MissingExtraError("typst is not installed", remedy="pip install 'cauce[service]'") from None
    source = files("cauce.report").joinpath(template).read_bytes()
    stamp = None if created is None else list(created.timetuple()[:6])
    inputs = {"data": json.dumps({**data, "created": stamp}, ensure_ascii=False, allow_nan=False)}
    # PDF/A also makes typst refuse a character that no font has.
    standards: list[Any] = [] if created is None else ["a-2b"]
    return typst.compile(source, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs, pdf_standards=standards)


@lru_cache(maxsize=1)
def _fonts() -> "Fonts":
    import typst

    folder = Path(str(files("cauce.report").joinpath("fonts")))
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
