"""Named and numbered model versions. MLflow keeps names, numbers, aliases and files; the digest that is checked is ours."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cauce.domain.errors import CauceError, NotFoundError
from cauce.domain.model import Alias, ModelVersion
from cauce.domain.promotion import AliasChange, ScoreShift
from cauce.domain.record import Digest
from cauce.model.alias_log import alias_chain, check_current
from cauce.predictor.bundle import Bundle, open_bundle
from cauce.store.mlflow_adapter import open_client
from cauce.store.who import now, user
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion as Entry

_EXPERIMENT = "cauce models"
_BUNDLE_TAG = "cauce.bundle"
_ARTIFACTS = "bundle"


@dataclass(frozen=True)
class RegisteredVersion:
    """A model version and where its bundle lies.

    Attributes:
        version: number in the registry; None for a folder that no registry knows.
        aliases: names that point to it now.
        created_at_ms: milliseconds since 1970, UTC.
    """

    name: str
    version: int | None
    model: ModelVersion
    folder: Path
    aliases: tuple[str, ...] = ()
    created_at_ms: int | None = None


@dataclass(frozen=True)
class Move:
    """An alias that is to point elsewhere; fields as in `AliasChange`."""

    alias: Alias
    why: str
    shift: ScoreShift | None = None
    objection: str = ""
    override: str = ""


def resolve(workspace: Workspace, reference: str) -> RegisteredVersion:
    """The version that `reference` means, its bundle on this machine and checked.

    Args:
        workspace: whose registry is asked.
        reference: `name@alias`, `name:version`, or the path of a bundle or release folder.

    Raises:
        NotFoundError: no such name, alias or version; the message lists those there are.
        IntegrityError: the bundle is not the one that was registered.
    """
    folder = Path(reference)
    if folder.is_dir():
        return _from_folder(folder)
    name, alias, number = _parse(reference)
    client = open_client(workspace)
    with _mapped(reference):
        known = _versions(client, name)
        if alias:
            entry = next((each for each in known if alias in each.aliases), None)
            if entry is not None:
                check_current(workspace, name, alias, int(entry.version))
            choices = ", ".join(sorted({found for each in known for found in each.aliases})) or "none"
        else:
            entry = next((each for each in known if int(each.version) == number), None)
            choices = ", ".join(sorted(str(each.version) for each in known))
        if entry is None:
            what = f"alias '{alias}'" if alias else f"version {number}"
            raise NotFoundError(f"model '{name}' has no {what}", where=workspace.root.name, remedy=f"Known: {choices}.")
        return _local(workspace, client, entry)


def versions(workspace: Workspace, name: str | None = None) -> list[RegisteredVersion]:
    """Every version of `name`, or of every model, sorted by name and number.

    Raises:
        NotFoundError: no model has this name.
    """
    client = open_client(workspace)
    with _mapped(name or "registry"):
        names = [name] if name else sorted(model.name for model in client.search_registered_models())
        return [_local(workspace, client, entry) for each in names for entry in _versions(client, each)]


def register(workspace: Workspace, model: ModelVersion, *, alias: Alias | None = None) -> RegisteredVersion:
    """Register the bundle in `models/<digest>`; the same bundle is registered once.

    The first version of a name becomes champion, later ones candidate, unless `alias` says otherwise.
    """
    client, folder = open_client(workspace), bundle_folder(workspace, model.bundle)
    open_bundle(folder, expected=model.bundle)
    with _mapped(model.name):
        if not _is_registered(client, model.name):
            client.create_registered_model(model.name)
        past = client.search_model_versions(f"name='{model.name}'")
        entry = next((each for each in past if each.tags.get(_BUNDLE_TAG) == model.bundle), None)
        if entry is None:
            entry = _create(workspace, client, model)
            chosen = alias or (Alias.CANDIDATE if past else Alias.CHAMPION)
            _point(workspace, client, model, str(entry.version), Move(chosen, why="registered"))
        return _local(workspace, client, client.get_model_version(model.name, entry.version))


def move_alias(workspace: Workspace, version: RegisteredVersion, move: Move) -> RegisteredVersion:
    """Point an alias to a registered version and write it into the alias log; `promotion.py` decides what may be moved."""
    client, number = open_client(workspace), str(version.version)
    with _mapped(version.name):
        _point(workspace, client, version.model, number, move)
        return _local(workspace, client, client.get_model_version(version.name, number))


def _point(workspace: Workspace, client: "MlflowClient", model: ModelVersion, version: str, move: Move) -> None:
    """First the log, then the registry: a move that fails between the two is seen by the next reader."""

    def make(number: int, previous: Digest) -> AliasChange:
        return AliasChange(
            number=number, at=now(), who=user(), why=move.why, name=model.name, alias=move.alias, version=int(version),
            bundle=model.bundle, shift=move.shift, objection=move.objection, override=move.override, previous=previous,
        )

    alias_chain(workspace, model.name).append(make)
    client.set_registered_model_alias(model.name, move.alias.value, version)


def bundle_folder(workspace: Workspace, digest: Digest) -> Path:
    """Where a bundle lies in a workspace."""
    return workspace.folder("models") / digest


def model_of(bundle: Bundle) -> ModelVersion:
    """The record of a bundle, from what the bundle says of itself."""
    card = bundle.card
    return ModelVersion(
        name=card.name, bundle=bundle.digest, contract=bundle.contract, operating_point=bundle.operating_point,
        network=card.network, n_parameters=card.n_parameters, n_members=card.n_members, parity=card.parity,
        cohort=card.cohort, split=card.split, search=card.search, selection=card.selection,
        intended_use=card.intended_use, cauce_version=card.cauce_version, stack=card.stack,
    )


def _parse(reference: str) -> tuple[str, str, int | None]:
    name, at, alias = reference.partition("@")
    if at and name and alias:
        return name, alias, None
    name, colon, number = reference.rpartition(":")
    if colon and name and number.isdecimal():
        return name, "", int(number)
    raise NotFoundError(
        "a version must be named", where=reference, expected="NAME@ALIAS, NAME:VERSION, or the folder of a bundle or release",
        got=reference, remedy=f"Try {reference.strip('@:') or 'NAME'}@champion; `cauce model list` shows what there is.",
    )


def _from_folder(folder: Path) -> RegisteredVersion:
    inner = folder / "bundle"
    bundle = open_bundle(inner if (inner / "manifest.json").is_file() else folder)
    return RegisteredVersion(bundle.card.name, bundle.card.version, model_of(bundle), bundle.folder)


def _versions(client: "MlflowClient", name: str) -> list["Entry"]:
    if not _is_registered(client, name):
        known = ", ".join(sorted(model.name for model in client.search_registered_models())) or "none yet"
        raise NotFoundError(f"no model named '{name}'", where="registry", remedy=f"Known models: {known}.")
    found = client.search_model_versions(f"name='{name}'")
    aliases = client.get_registered_model(name).aliases
    for entry in found:  # a search leaves the aliases of its answers empty
        entry._aliases = [alias for alias, version in aliases.items() if str(version) == str(entry.version)]
    return sorted(found, key=lambda entry: int(entry.version))


def _is_registered(client: "MlflowClient", name: str) -> bool:
    return any(model.name == name for model in client.search_registered_models(f"name='{name}'"))


def _create(workspace: Workspace, client: "MlflowClient", model: ModelVersion) -> "Entry":
    experiment = client.get_experiment_by_name(_EXPERIMENT)
    # Without a server MLflow would write artifacts below the current folder.
    place = None if workspace.settings.tracking_uri else (workspace.folder("mlflow-artifacts") / "models").as_uri()
    identity = experiment.experiment_id if experiment else client.create_experiment(_EXPERIMENT, artifact_location=place)
    run = client.create_run(identity, run_name=f"{model.name} bundle {model.bundle[:12]}")
    client.log_artifacts(run.info.run_id, str(bundle_folder(workspace, model.bundle)), _ARTIFACTS)
    client.set_terminated(run.info.run_id)
    tags = {_BUNDLE_TAG: model.bundle, "cauce.selection": model.selection, "cauce.split": model.split}
    return client.create_model_version(
        model.name, source=f"{run.info.artifact_uri}/{_ARTIFACTS}", run_id=run.info.run_id, tags=tags,
        description=f"{model.n_members} × {model.network.value}; {_purpose(model)}",
    )


def _purpose(model: ModelVersion) -> str:
    return model.operating_point.target if model.operating_point else model.contract.task.value


def _local(workspace: Workspace, client: "MlflowClient", entry: "Entry") -> RegisteredVersion:
    digest = str(entry.tags.get(_BUNDLE_TAG, ""))
    if not digest:
        raise NotFoundError("the version was not registered by cauce", where=f"{entry.name}:{entry.version}")
    folder = bundle_folder(workspace, digest)
    if not folder.exists():
        _download(client, entry, folder)
    model = model_of(open_bundle(folder, expected=digest))
    return RegisteredVersion(
        name=str(entry.name), version=int(entry.version), model=model, folder=folder, aliases=tuple(sorted(entry.aliases)),
        created_at_ms=int(entry.creation_timestamp),
    )


def _download(client: "MlflowClient", entry: "Entry", folder: Path) -> None:
    partial = folder.with_name(f".partial-{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    found = Path(client.download_artifacts(str(entry.run_id), _ARTIFACTS, str(partial)))
    found.replace(folder)
    shutil.rmtree(partial, ignore_errors=True)


@contextlib.contextmanager
def _mapped(where: str) -> Iterator[None]:
    """MLflow's errors as ours."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        line = str(error).splitlines()[0][:200]
        remedy = "Check mlflow.db or the tracking URI."
        raise CauceError(f"the registry refused: {line}", where=where, remedy=remedy) from None
