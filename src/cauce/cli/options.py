"""Options that many commands share."""

from pathlib import Path
from typing import Annotated

import typer

from cauce.store.workspace import DEFAULT_FOLDER

WorkspaceOption = Annotated[Path, typer.Option("--workspace", help="Folder that holds everything a project makes.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output, nothing else.")]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="Root that relative paths in the YAML start from; default: the YAML's folder.")
]

DEFAULT_WORKSPACE = Path(DEFAULT_FOLDER)
