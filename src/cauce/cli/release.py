"""`cauce release`: ModelVersion → signed, installable folder."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cauce.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit
from cauce.domain.errors import InputError, IntegrityError, NotFoundError
from cauce.domain.model import EvaluationReport
from cauce.domain.record import Digest
from cauce.domain.release import Approval
from cauce.store.workspace import Workspace

app = typer.Typer(no_args_is_help=True)

_NOT_CLINICAL = "Built without a clinical approval."


@app.command("build")
def build(
    model: Annotated[str, typer.Argument(help="name@alias or name:version.")],
    folder: Annotated[Path, typer.Argument(help="New folder for the release.")],
    approved_by: Annotated[str, typer.Option(help="Who approves the release; default: you, as its builder.")] = "",
    role: Annotated[str, typer.Option(help="In which role.")] = "",
    comment: Annotated[str, typer.Option(help="What the approval says.")] = "",
    require_role: Annotated[
        list[str] | None, typer.Option("--require-role", help="Role that must approve before the release serves; repeatable.")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Build a release: bundle, evidence, approval and a package around them, signed, in a git repository."""
    with command(as_json=as_json):
        from cauce.model.registry import resolve
        from cauce.release.approval import missing_roles
        from cauce.release.build import ReleaseInput, build_release
        from cauce.release.contents import RECORD_NAME

        if (folder / RECORD_NAME).is_file():
            raise InputError("a release stands there, and a release is never changed", where=folder.name,
                             remedy="Name a new folder, or remove the old one.")
        place = Workspace.existing(workspace)
        resolved = resolve(place, model)
        approval = Approval(
            by=approved_by or getpass.getuser(), role=role or ("builder" if not approved_by else "approver"),
            at=datetime.now(UTC).isoformat(timespec="seconds"), comment=comment or ("" if approved_by else _NOT_CLINICAL),
        )
        if resolved.version is None:
            raise NotFoundError("only a registered model is released", where=model, remedy="Give name@alias or name:version.")
        content = ReleaseInput(
            bundle=resolved.folder, version=resolved.version, model=resolved.model, approval=approval,
            evaluation=_evaluation_of(place, resolved.name, resolved.model.bundle),
            required_roles=tuple(dict.fromkeys(require_role or ())),
        )
        release = build_release(place, content, folder)
        missing = missing_roles(release, [approval])
        document: dict[str, object] = {
            "release": str(folder.absolute()), "name": release.name, "version": release.version, "model": release.model.bundle,
            "public_key": release.public_key, "files": len(release.files), "missing_approvals": missing,
        }
        text = (
            f"Release {release.name} {release.version} in {folder}: {len(release.files)} files, "
            f"model {release.model.bundle[:12]}, signed by {release.public_key[:16]}."
        )
        emit(document, text + _until_approved(missing), as_json=as_json)


@app.command("approve")
def approve(
    folder: Annotated[Path, typer.Argument(help="Folder of a release.")],
    by: Annotated[str, typer.Option("--by", help="Who approves.")],
    role: Annotated[str, typer.Option("--role", help="In which of the roles that the release requires.")],
    comment: Annotated[str, typer.Option(help="What the approval says.")] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Record the approval of a role after verifying the release, signed with the workspace that built it."""
    with command(as_json=as_json):
        from cauce.release.approval import approve as record
        from cauce.release.approval import missing_roles
        from cauce.release.cryptography_adapter import SigningKey
        from cauce.release.verify import verify_release

        if not by.strip():
            raise InputError("an approval needs a name", where="--by", remedy="Say who approves.")
        place = Workspace.existing(workspace)
        found = verify_release(folder)
        approval = Approval(by=by.strip(), role=role, at=datetime.now(UTC).isoformat(timespec="seconds"), comment=comment)
        record(folder, found.release, approval, SigningKey.open(place.root / "keys"))
        missing = missing_roles(found.release, (*found.approvals, approval))
        after = f"Still missing: {', '.join(missing)}." if missing else "It may serve."
        emit({"release": str(folder.absolute()), "approved_as": role, "missing": missing},
             f"{found.release.name} {found.release.version} approved by {approval.by} as {role}. {after}", as_json=as_json)


@app.command("verify")
def verify(
    folder: Annotated[Path, typer.Argument(help="Folder of a release.")],
    public_key: Annotated[
        list[str] | None, typer.Option("--public-key", help="Key (hexadecimal) that must have signed it; repeatable.")
    ] = None,
    served_only: Annotated[
        bool, typer.Option("--served-only", help="Check record, bundle and golden cases: all that an installed package has.")
    ] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,  # noqa: ARG001 - every command takes it
    as_json: JsonOption = False,
) -> None:
    """Check signature, digests and golden cases of a release."""
    with command(as_json=as_json):
        from cauce.release.approval import missing_roles
        from cauce.release.cryptography_adapter import trusted_keys
        from cauce.release.verify import verify_release

        trusted = trusted_keys(public_key or ())
        try:
            found = verify_release(folder, trusted=trusted, served_only=served_only)
        except IntegrityError as error:
            emit({"verified": False, "reason": error.line()}, f"NOT verified: {error.line()}", as_json=as_json)
            raise typer.Exit(1) from None
        release = found.release
        missing = missing_roles(release, found.approvals)
        document = {
            "verified": True, "name": release.name, "version": release.version, "model": release.model.bundle,
            "public_key": release.public_key, "signer_is_known": found.signer_is_known, "files": found.files,
            "golden_difference": found.golden_difference, "engine": found.engine,
            "approval": release.approval.model_dump(mode="json"),
            "approvals": [each.model_dump(mode="json") for each in found.approvals], "missing_approvals": missing,
        }
        signer = "a key you named" if found.signer_is_known else f"{release.public_key} (compare it, or give --public-key)"
        text = (
            f"Verified: {release.name} {release.version}, {found.files} files, golden cases within "
            f"{found.golden_difference:.1g} on {found.engine}, signed by {signer}. "
            f"Approved by {', '.join(f'{each.by} as {each.role}' for each in found.approvals)}."
        ) + _until_approved(missing)
        emit(document, text, as_json=as_json)


def _until_approved(missing: list[str]) -> str:
    return f" May not serve before approval by: {', '.join(missing)}." if missing else ""


def _evaluation_of(place: Workspace, name: str, bundle: Digest) -> EvaluationReport:
    """The newest evaluation of this very model.

    Raises:
        NotFoundError: it was never evaluated.
    """
    for digest in reversed(place.records.history(EvaluationReport, name)):
        report = place.records.get(EvaluationReport, digest)
        if report.model == bundle:
            return report
    raise NotFoundError("this model was never evaluated on its test partition", where=name,
                        remedy=f"Run `cauce model evaluate {name}@champion` first: a release carries its evidence.")
