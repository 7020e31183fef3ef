"""`cauce service`: a release and incoming studies → results."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from cauce.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit
from cauce.domain.errors import InputError, NotFoundError
from cauce.domain.record import Record

if TYPE_CHECKING:
    from cauce.service.settings import NodeSettings, ServiceSettings
    from cauce.service.supervisor import Supervisor

app = typer.Typer(no_args_is_help=True)

R = TypeVar("R", bound=Record)

LOOPBACK = "127.0.0.1"

ModelOption = Annotated[str, typer.Option("--model", help="name@alias, name:version, a bundle or a release folder.")]
HostOption = Annotated[str, typer.Option(help="Address to listen at; the default is reachable from this machine only.")]
WorkersOption = Annotated[int, typer.Option(min=0, max=64, help="Processes that take jobs from the queue.")]
KeyOption = Annotated[
    list[str] | None, typer.Option("--public-key", help="Serve only a release signed by this key (hexadecimal); repeatable.")
]
TitleOption = Annotated[str, typer.Option("--ae-title", help="AE title of the DICOM node.")]
CallerOption = Annotated[
    list[str] | None, typer.Option("--allow-caller", help="Calling AE title that is let in; repeatable; default: all.")
]
StableOption = Annotated[float, typer.Option("--stable-s", help="Seconds without a new image after which a study is complete.")]


@app.command("run")
def run_service(
    model: ModelOption,
    host: HostOption = LOOPBACK,
    port: Annotated[int, typer.Option(help="Port of the REST service; 0 takes a free one.")] = 8000,
    workers: WorkersOption = 1,
    dicom_port: Annotated[int | None, typer.Option(help="Receive DICOM at this port too.")] = None,
    ae_title: TitleOption = "CAUCE",
    allow_caller: CallerOption = None,
    stable_s: StableOption = 5.0,
    public_key: KeyOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Serve a model: REST service and workers; restarts what dies, finishes work on SIGTERM."""
    with command(as_json=as_json):
        from cauce.service.supervisor import Supervisor

        node = None if dicom_port is None else _node(host, dicom_port, ae_title, allow_caller, stable_s)
        settings = _settings(model, workspace, public_key, host=host, port=port, workers=workers, node=node)
        supervisor = Supervisor(settings)
        _run(supervisor, settings, as_json=as_json)


@app.command("listen")
def listen(
    model: ModelOption,
    host: HostOption = LOOPBACK,
    port: Annotated[int, typer.Option(help="Port of the DICOM node.")] = 11112,
    ae_title: TitleOption = "CAUCE",
    allow_caller: CallerOption = None,
    stable_s: StableOption = 5.0,
    workers: WorkersOption = 1,
    public_key: KeyOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Receive studies by DICOM C-STORE; results, reports and SR are written to the workspace's results folder."""
    with command(as_json=as_json):
        from cauce.service.supervisor import Supervisor

        node = _node(host, port, ae_title, allow_caller, stable_s)
        settings = _settings(model, workspace, public_key, host=host, port=0, workers=workers, node=node)
        _run(Supervisor(settings, api=False), settings, as_json=as_json)


@app.command("worker")
def worker(
    model: ModelOption,
    name: Annotated[str, typer.Option(help="Stays the same over restarts; its jobs are continued.")] = "worker-0",
    public_key: KeyOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Take jobs from the queue in this process, until SIGTERM."""
    with command(as_json=as_json):
        from cauce.service.quiet_log import configure_logging
        from cauce.service.worker import run_worker

        settings = _settings(model, workspace, public_key, host=LOOPBACK, port=0, workers=0, node=None)
        configure_logging()
        run_worker(settings, name=name)
        emit({"worker": name, "status": "stopped"}, f"{name} has finished.", as_json=as_json)


@app.command("submit")
def submit(
    path: Annotated[Path, typer.Argument(help="File, or folder of studies.")],
    url: Annotated[str, typer.Option(help="Address of the service.")] = f"http://{LOOPBACK}:8000",
    queue: Annotated[bool, typer.Option("--queue", help="Send to the durable queue, then wait for the results.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,  # noqa: ARG001 - every command takes it
    as_json: JsonOption = False,
) -> None:
    """Send a file or each study of a folder to a running service and print the results."""
    with command(as_json=as_json) as progress:
        from cauce.service.client import explain
        from cauce.service.client import submit as send

        sent = list(send(path, url, queue=queue, progress=progress))
        document = {"studies": [{"files": list(item.files), "status": item.status, "answer": item.answer} for item in sent]}
        emit(document, "\n".join(explain(item) for item in sent), as_json=as_json)
        if all(item.status >= 400 for item in sent):
            raise typer.Exit(InputError.exit_code)


def bundle_of(model: str, workspace: Path, public_keys: list[str] | None) -> tuple[Path, int | None]:
    """Bundle folder and version that MODEL means; the signature of a release is checked. Folders need no registry.

    Raises:
        NotFoundError, IntegrityError: there is no such model, or it was changed.
    """
    from cauce.release.contents import RECORD_NAME
    from cauce.release.cryptography_adapter import trusted_keys
    from cauce.release.verify import open_release
    from cauce.store.workspace import Workspace

    folder = Path(model)
    if (folder / RECORD_NAME).is_file():
        return folder / "bundle", open_release(folder, trusted=trusted_keys(public_keys or ())).version
    if public_keys:
        raise InputError(
            "only a release carries a signature", where=model, remedy="Give a release folder, or leave --public-key out."
        )
    if (folder / "manifest.json").is_file():
        return folder, None
    if folder.is_dir():
        raise NotFoundError(
            "neither a bundle nor a release", where=folder.name, remedy="Give a folder with manifest.json or release.json."
        )
    from cauce.model.registry import resolve

    resolved = resolve(Workspace.existing(workspace), model)
    return resolved.folder, resolved.version


def _settings(
    model: str, workspace: Path, public_keys: list[str] | None, *, host: str, port: int, workers: int,
    node: "NodeSettings | None",
) -> "ServiceSettings":
    from cauce.predictor.bundle import open_bundle
    from cauce.service.settings import ServiceSettings
    from cauce.store.workspace import Workspace

    bundle, version = bundle_of(model, workspace, public_keys)
    open_bundle(bundle).decision_point()  # a model that segments is refused before any process starts
    fields = {"workspace": Workspace.open(workspace).root, "bundle": bundle.absolute(), "model_version": version,
              "host": host, "port": port, "workers": workers, "node": node}
    return _record_of(ServiceSettings, fields)


def _node(host: str, port: int, ae_title: str, allowed: list[str] | None, stable_s: float) -> "NodeSettings":
    from cauce.service.settings import NodeSettings

    fields = {"host": host, "port": port, "ae_title": ae_title, "allowed_callers": tuple(allowed or ()), "stable_s": stable_s}
    return _record_of(NodeSettings, fields)


def _record_of(kind: type[R], fields: dict[str, Any]) -> R:
    from pydantic import ValidationError

    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(str(first["msg"]), where=".".join(map(str, first["loc"])), remedy="See --help.") from None


def _run(supervisor: "Supervisor", settings: "ServiceSettings", *, as_json: bool) -> None:
    from cauce.service.quiet_log import configure_logging

    configure_logging()
    node = settings.node
    places = [f"http://{settings.host}:{supervisor.port}"] if supervisor.port else []
    places += [f"DICOM {node.ae_title} at {node.host}:{node.port}"] if node else []

    def started() -> None:
        document = {"serving": places, "url": places[0] if supervisor.port else None, "processes": supervisor.processes()}
        emit(document, f"Serving at {', '.join(places)}. Stop with Ctrl-C; work that was begun is finished.", as_json=as_json)

    supervisor.run(on_started=started)
