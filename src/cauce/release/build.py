"""Build a release: the bundle, its evidence and approval, and a thin package around them, in one signed folder."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from cauce.domain.errors import InputError, IntegrityError
from cauce.domain.model import EvaluationReport, ModelVersion
from cauce.domain.record import canonical_json
from cauce.domain.release import Approval, Release
from cauce.release.approval import write_approvals
from cauce.release.changelog import changelog
from cauce.release.contents import RECORD_NAME, SIGNATURE_NAME, digests_of
from cauce.release.cryptography_adapter import SigningKey
from cauce.release.cyclonedx_adapter import bill_of_materials
from cauce.release.dependencies import constraints, installed_closure
from cauce.release.git_adapter import commit_all
from cauce.release.package import write_package
from cauce.store.atomic import new_folder, write_bytes
from cauce.store.workspace import Workspace


@dataclass(frozen=True)
class ReleaseInput:
    """What a release is made of.

    Attributes:
        bundle: folder of the model's bundle.
        version: number in the registry; becomes the package's version `N.0.0`.
        evaluation: report of this very model on its test partition.
        required_roles: which must approve, now or later, before the release serves.
    """

    bundle: Path
    version: int
    model: ModelVersion
    evaluation: EvaluationReport
    approval: Approval
    required_roles: tuple[str, ...] = ()


def build_release(workspace: Workspace, content: ReleaseInput, out: Path) -> Release:
    """Write a release to the new folder `out`, sign it with the workspace's key, and commit it to git where git is there.

    Raises:
        IntegrityError: bundle, model record and evaluation are not of one model; the bundle was changed.
        InputError: `out` holds something else than a release.
        ConfigurationError: the model segments; there is no package for it yet.
        MissingExtraError: what the release will run on is not installed here, so that it cannot be listed.
    """
    from cauce.predictor.bundle import open_bundle

    content.model.decision_point()  # packages and service answer for classifiers alone
    if out.exists() and not (out / RECORD_NAME).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise InputError("the folder holds something that is no release", where=out.name, remedy="Give a new or empty folder.")
    digest = open_bundle(content.bundle).digest
    _check_same_model(content, digest)
    key = SigningKey.open(workspace.root / "keys")
    with new_folder(out) as folder:
        shutil.copytree(content.bundle, folder / "bundle")
        write_package(folder, content.model, content.evaluation, version=content.version, signer=key.public_hex())
        _write_provenance(workspace, content, folder)
        write_approvals(folder, [])
        release = Release(
            name=content.model.name, version=content.version, model=content.model, evaluation=content.evaluation,
            approval=content.approval, files=digests_of(folder), public_key=key.public_hex(),
            required_roles=content.required_roles,
        )
        text = json.dumps(release.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)
        (folder / RECORD_NAME).write_text(text, encoding="utf-8")
        (folder / SIGNATURE_NAME).write_text(key.sign(signed_bytes(release)).hex() + "\n", encoding="ascii")
        commit_all(folder, message=f"Release {release.name} {release.version}")
    workspace.records.put(release, name=release.name)
    return release


def _write_provenance(workspace: Workspace, content: ReleaseInput, folder: Path) -> None:
    """What the release runs on, as constraints and as a bill of materials; and its history."""
    runs_on, name = installed_closure("cauce", "service"), content.model.name
    bill = bill_of_materials(content.model, runs_on, version=f"{content.version}.0.0", at=content.approval.at)
    write_bytes(folder / "sbom.cdx.json", bill)
    write_bytes(folder / "constraints.txt", constraints(runs_on).encode())
    earlier = [workspace.records.get(Release, digest) for digest in workspace.records.history(Release, name)]
    text = changelog(content.model, content.evaluation, content.approval, version=content.version, earlier=earlier)
    write_bytes(folder / "CHANGELOG.md", text.encode())


def signed_bytes(release: Release) -> bytes:
    """What is signed: the canonical JSON of the record, which names the digest of every other file."""
    return canonical_json(release.model_dump(mode="json"))


def _check_same_model(content: ReleaseInput, bundle: str) -> None:
    for what, found in (("ModelVersion", content.model.bundle), ("EvaluationReport", content.evaluation.model)):
        if found != bundle:
            raise IntegrityError(f"the {what} is of another model", where=content.model.name, expected=bundle[:12],
                                 got=found[:12], remedy="Run `cauce model evaluate` for this model.")
