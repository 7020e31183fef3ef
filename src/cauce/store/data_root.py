"""Where the images of a cohort lie on this machine. A note of the workspace, not part of any record: records travel."""

from pathlib import Path

from cauce.domain.cohort import Cohort, SourceKind
from cauce.domain.errors import InputError, NotFoundError
from cauce.store.atomic import write_bytes
from cauce.store.workspace import Workspace


def phantom_folder(workspace: Workspace, name: str) -> Path:
    """Folder of the digital patients of cohort `name`."""
    return workspace.root / "phantom" / name


def remember_data_root(workspace: Workspace, name: str, root: Path) -> None:
    """Note where cohort `name` was indexed, so that later commands need no --data."""
    write_bytes(_note(workspace, name), f"{root.absolute()}\n".encode())


def data_root_of(workspace: Workspace, cohort: Cohort, given: Path | None) -> Path:
    """Folder that the paths of a cohort's rows start from: `given` (--data), else where it was indexed.

    Digital patients lie in the workspace itself, whatever is given.

    Raises:
        InputError: the folder is gone.
        NotFoundError: neither given nor noted.
    """
    if cohort.spec.source.kind is SourceKind.PHANTOM:
        root = phantom_folder(workspace, cohort.name)
    elif given is not None:
        root = given
    elif _note(workspace, cohort.name).exists():
        root = Path(_note(workspace, cohort.name).read_text(encoding="utf-8").strip())
    else:
        raise NotFoundError("the images of this cohort were not found", where=cohort.name,
                            remedy="Give --data the folder that it was indexed with.")
    if not root.is_dir():
        raise InputError("the folder with the images is missing", where=cohort.name, expected=root.name,
                         remedy="Give --data the folder that holds them now.")
    return root


def _note(workspace: Workspace, name: str) -> Path:
    return workspace.root / "data-roots" / name
