"""`cauce init`: make a workspace."""

from pathlib import Path

from cauce.cli.options import DEFAULT_WORKSPACE, JsonOption
from cauce.cli.output import command, emit
from cauce.store.workspace import Workspace


def init(folder: Path = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Make a workspace: one folder with settings, records, images, models and databases."""
    with command(as_json=as_json):
        workspace = Workspace.open(folder)
        emit({"workspace": str(workspace.root)}, f"Workspace ready: {workspace.root}", as_json=as_json)
