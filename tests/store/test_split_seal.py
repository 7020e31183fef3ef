import json
from pathlib import Path

import pytest

from cauce.domain.cohort import Cohort
from cauce.domain.errors import IntegrityError, NotFoundError
from cauce.domain.split import Split, SplitPolicy
from cauce.domain.study import InstanceRow
from cauce.store.cohort_table import write_rows
from cauce.store.split_seal import csv_path, open_split, seal_split
from cauce.store.workspace import Workspace
from dataset.cohorts import cohort_record, row


def sealed(tmp_path: Path, rows: list[InstanceRow] | None = None) -> tuple[Workspace, Split]:
    rows = rows or [row(number) for number in range(8)]
    workspace = Workspace.open(tmp_path / "w")
    cohort = cohort_record(rows).model_copy(update={"table_sha256": write_rows(workspace, rows)})
    keys = [each.patient_key for each in rows]
    split = Split(
        name="small", cohort=workspace.records.put(cohort, "small"), policy=SplitPolicy(folds=2), train=tuple(keys[:4]),
        tune=tuple(keys[4:6]), test=tuple(keys[6:8]), folds=(tuple(keys[:2]), tuple(keys[2:4])),
    )
    seal_split(workspace, split)
    return workspace, split


def test_a_sealed_split_opens_and_stands_as_a_table_beside_it(tmp_path: Path) -> None:
    workspace, split = sealed(tmp_path)
    assert open_split(workspace, "small") == split
    lines = csv_path(workspace, "small").read_text().splitlines()
    assert lines[:2] == ["path,patient_key,partition,fold", f"00000.png,{split.train[0]},train,0"]
    assert lines[-1] == f"00007.png,{split.test[-1]},test,"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [("test,", "train,0", "moved from test to train"), ("train,0", "train,1", "moved from fold 0 to fold 1")],
)
def test_a_moved_line_is_refused_naming_the_patient(tmp_path: Path, before: str, after: str, message: str) -> None:
    workspace, split = sealed(tmp_path)
    path = csv_path(workspace, "small")
    path.write_text(path.read_text().replace(f"{before}\n", f"{after}\n", 1))
    patient = split.test[0] if before == "test," else split.train[0]
    with pytest.raises(IntegrityError, match=f"{patient} {message}"):
        open_split(workspace, "small")
    with pytest.raises(IntegrityError):
        seal_split(workspace, split)


def test_a_lost_line_an_extra_line_and_a_lost_table_are_refused(tmp_path: Path) -> None:
    workspace, split = sealed(tmp_path)
    path = csv_path(workspace, "small")
    text = path.read_text()
    path.write_text("\n".join(text.splitlines()[:-1]) + "\n")
    with pytest.raises(IntegrityError, match=f"{split.test[1]} lost an instance"):
        open_split(workspace, "small")
    path.write_text(text + text.splitlines()[1] + "\n")
    with pytest.raises(IntegrityError, match="10 lines instead of 9"):
        open_split(workspace, "small")
    path.unlink()
    with pytest.raises(IntegrityError, match="missing"):
        open_split(workspace, "small")
    seal_split(workspace, split)
    assert open_split(workspace, "small") == split


def test_a_patient_moved_inside_the_record_is_named(tmp_path: Path) -> None:
    workspace, split = sealed(tmp_path)
    path = workspace.records.path(Split, split.digest())
    content = json.loads(path.read_text())
    moved = content["test"].pop()
    content["train"].append(moved)
    content["folds"][0].append(moved)
    path.write_text(json.dumps(content))
    with pytest.raises(IntegrityError, match=f"{moved} moved from test to train"):
        open_split(workspace, "small")
    path.write_text("{")
    with pytest.raises(IntegrityError, match="cannot be read"):
        open_split(workspace, "small")


def test_a_split_of_an_older_index_is_refused(tmp_path: Path) -> None:
    workspace, split = sealed(tmp_path)
    cohort = workspace.records.get(Cohort, split.cohort)
    workspace.records.put(cohort.model_copy(update={"supersedes": split.cohort}), "small")
    with pytest.raises(IntegrityError, match="older index"):
        open_split(workspace, "small")


def test_an_unknown_name_is_answered_with_the_cohorts_there_are(tmp_path: Path) -> None:
    workspace, _ = sealed(tmp_path)
    with pytest.raises(NotFoundError, match="Known cohorts: small"):
        open_split(workspace, "other")
