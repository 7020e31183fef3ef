"""A model is built, and its test partition read, only on the split that it was trained on."""

from cauce.domain.cohort import Cohort
from cauce.domain.errors import IntegrityError
from cauce.domain.record import Digest
from cauce.domain.split import Split
from cauce.store.split_seal import open_split
from cauce.store.workspace import Workspace


def sealed_split(workspace: Workspace, cohort: Cohort, expected: Digest) -> Split:
    """The split of a cohort, its seal checked, and the very one that a record names.

    Raises:
        IntegrityError: the seal is broken, or the cohort has been split anew since.
    """
    split = open_split(workspace, cohort.name)
    found = split.digest()
    if found != expected:
        raise IntegrityError(
            "the cohort was split anew after the model was trained; patients of its training may stand in the new test",
            where=cohort.name, expected=expected[:12], got=found[:12],
            remedy="Train again with `cauce experiment search`.",
        )
    return split
