"""The newest index of a cohort by its name."""

from cauce.domain.cohort import Cohort
from cauce.domain.errors import NotFoundError
from cauce.store.workspace import Workspace


def cohort_named(workspace: Workspace, name: str) -> Cohort:
    """The cohort that was indexed last under `name`.

    Raises:
        NotFoundError: none was; the message says how to make one, and which there are.
    """
    if not workspace.records.history(Cohort, name):
        known = ", ".join(workspace.records.names(Cohort)) or "none yet"
        raise NotFoundError(f"no cohort named '{name}'", where=workspace.root.name,
                            remedy=f"Run `cauce dataset index COHORT.yaml --name {name}`. Known cohorts: {known}.")
    return workspace.records.latest(Cohort, name)
