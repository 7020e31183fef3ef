"""`cauce init`: make a workspace."""

from pathlib import Path
from typing import Annotated

import typer

from cauce.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit
from cauce.store.workspace import Workspace

FolderArgument = Annotated[Path | None, typer.Argument(help="The workspace's folder; default: what --workspace says.")]


def init(folder: FolderArgument = None, workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Make a workspace: one folder with settings, records, images, models and databases."""
    with command(as_json=as_json):
        place = Workspace.open(folder or workspace)
        emit({"workspace": str(place.root)}, f"Workspace ready: {place.root}", as_json=as_json)
