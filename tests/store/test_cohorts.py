from pathlib import Path

import pytest

from cauce.domain.errors import NotFoundError
from cauce.store.cohorts import cohort_named
from cauce.store.split_seal import open_split
from cauce.store.workspace import Workspace
from dataset.cohorts import cohort_record, row


def test_a_cohort_that_is_missing_says_how_to_make_it_and_which_there_are(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w")
    for find in (cohort_named, open_split):
        with pytest.raises(NotFoundError, match=r"no cohort named 'other'.*dataset index COHORT\.yaml --name other.*none yet"):
            find(workspace, "other")
    made = cohort_record([row(1)])
    workspace.records.put(made, "small")
    assert cohort_named(workspace, "small") == made
    with pytest.raises(NotFoundError, match=r"no split named 'small'.*cauce dataset split small"):
        open_split(workspace, "small")
