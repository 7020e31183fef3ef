"""A release serves when every role that it requires has approved it; approvals cannot be forged or moved."""

import dataclasses
import json
from pathlib import Path

import pytest

from cauce.domain.errors import InputError, IntegrityError, NotApprovedError
from cauce.domain.release import Approval
from cauce.release.approval import approve
from cauce.release.build import ReleaseInput, build_release
from cauce.release.cryptography_adapter import SigningKey
from cauce.release.verify import open_release, verify_release
from cauce.store.workspace import Workspace

ROLES = ("radiologist", "medical physics expert")


@pytest.fixture
def guarded(workspace: Workspace, content: ReleaseInput, tmp_path: Path) -> Path:
    build_release(workspace, dataclasses.replace(content, required_roles=ROLES), tmp_path / "guarded")
    return tmp_path / "guarded"


def _approve(workspace: Workspace, folder: Path, role: str, by: str = "A. Person") -> None:
    approval = Approval(by=by, role=role, at="2026-02-01T00:00:00+00:00")
    approve(folder, verify_release(folder).release, approval, SigningKey.open(workspace.root / "keys"))


def test_it_serves_after_the_last_role_and_not_before(workspace: Workspace, guarded: Path) -> None:
    with pytest.raises(NotApprovedError, match="radiologist, medical physics expert"):
        open_release(guarded)
    _approve(workspace, guarded, "radiologist")
    with pytest.raises(NotApprovedError, match="none by medical physics expert"):
        open_release(guarded)
    _approve(workspace, guarded, "medical physics expert")
    assert open_release(guarded).required_roles == ROLES
    assert [each.role for each in verify_release(guarded).approvals] == ["tester", *ROLES]


def test_a_role_that_is_not_asked_for_and_a_second_approval_are_refused(workspace: Workspace, guarded: Path) -> None:
    with pytest.raises(InputError, match="does not ask"):
        _approve(workspace, guarded, "director")
    _approve(workspace, guarded, "radiologist")
    with pytest.raises(InputError, match="has approved"):
        _approve(workspace, guarded, "radiologist", by="Another")


def test_another_workspace_cannot_approve(guarded: Path, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="did not sign"):
        _approve(Workspace.open(tmp_path / "other"), guarded, "radiologist")


def test_an_edited_approval_is_found(workspace: Workspace, guarded: Path) -> None:
    _approve(workspace, guarded, "radiologist")
    path = guarded / "approvals.json"
    documents = json.loads(path.read_text())
    documents[0]["approval"]["approval"]["role"] = "medical physics expert"
    path.write_text(json.dumps(documents))
    with pytest.raises(IntegrityError, match="signature"):
        open_release(guarded)


def test_an_approval_of_another_release_does_not_count(
    workspace: Workspace, content: ReleaseInput, guarded: Path, tmp_path: Path
) -> None:
    other = dataclasses.replace(content, required_roles=ROLES, version=3)
    build_release(workspace, other, tmp_path / "other")
    _approve(workspace, tmp_path / "other", "radiologist")
    (guarded / "approvals.json").write_bytes((tmp_path / "other" / "approvals.json").read_bytes())
    with pytest.raises(IntegrityError, match="another release"):
        open_release(guarded)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"approval": {}, "signature": "00"}]', "[" * 100_000])
def test_an_unreadable_file_of_approvals_is_said(guarded: Path, text: str) -> None:
    (guarded / "approvals.json").write_text(text)
    with pytest.raises(IntegrityError, match=r"approvals\.json"):
        open_release(guarded)


def test_code_in_a_folder_with_a_working_name_is_not_overlooked(release: Path) -> None:
    (release / "src" / "small_chest" / "build").mkdir()
    (release / "src" / "small_chest" / "build" / "evil.py").write_text("")
    with pytest.raises(IntegrityError, match="not in the release"):
        verify_release(release)
