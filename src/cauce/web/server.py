"""Serve the pages on this machine: no account, no network that the user did not ask for, no file left behind."""

import logging
import os
import socket
import tempfile
from collections.abc import Callable

from cauce.domain.errors import CauceError, InputError, MissingExtraError
from cauce.domain.experiment import BegunSearch, Search
from cauce.experiment.running import SearchSoFar, search_so_far
from cauce.experiment.start import FindModel
from cauce.store.workspace import Workspace

PATH = "/experiments"


def serve(workspace: Workspace, *, host: str, port: int, find_model: FindModel | None, tell: Callable[[str], None]) -> None:
    """Serve until the process is interrupted.

    Args:
        workspace: whose searches are shown.
        host, port: where to listen; port 0 takes a free one.
        find_model: the registry, for searches that start from a registered model.
        tell: told the address when the server is about to answer.

    Raises:
        MissingExtraError: NiceGUI is not installed.
        InputError: the address cannot be listened at.
    """
    listener = _listen(host, port)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("NICEGUI_STORAGE_PATH", folder)  # read when NiceGUI is imported
        application = new_application(workspace, find_model)
        import uvicorn

        tell(f"http://{host}:{listener.getsockname()[1]}{PATH}")
        logging.getLogger("nicegui").setLevel(logging.WARNING)
        uvicorn.Server(uvicorn.Config(application, log_level="warning", lifespan="on")).run(sockets=[listener])


def new_application(workspace: Workspace, find_model: FindModel | None = None):  # type: ignore[no-untyped-def]
    """FastAPI application with the page.

    Raises:
        MissingExtraError: NiceGUI is not installed.
    """
    try:
        from fastapi import FastAPI
        from fastapi.responses import RedirectResponse
        from nicegui import ui
    except ImportError:
        raise MissingExtraError("NiceGUI is not installed", remedy="pip install 'cauce[train,web]'") from None
    from cauce.web.experiments import ExperimentsPage

    reader = SearchReader(workspace, find_model)
    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @application.get("/")
    def home() -> RedirectResponse:
        return RedirectResponse(PATH)

    @ui.page(PATH)
    def experiments() -> None:
        ExperimentsPage(reader.read)

    ui.run_with(application, show_welcome_message=False, language="en-US")
    return application


class SearchReader:
    """Reads the searches of a workspace; records are immutable, so what is over is read and checked once."""

    def __init__(self, workspace: Workspace, find_model: FindModel | None) -> None:
        self._workspace, self._find_model = workspace, find_model
        self._known: dict[tuple[str, ...], SearchSoFar] = {}

    def read(self) -> list[SearchSoFar]:
        """Of every name; a search whose records cannot be read is left out."""
        records = self._workspace.records
        found = []
        for name in sorted({*records.names(Search), *records.names(BegunSearch)}):
            state = (name, *records.history(Search, name)[-1:], *records.history(BegunSearch, name)[-1:])
            if state not in self._known:
                try:
                    so_far = search_so_far(self._workspace, name, find_model=self._find_model)
                except CauceError:
                    continue
                if not so_far.is_over:
                    found.append(so_far)
                    continue
                self._known[state] = so_far
            found.append(self._known[state])
        return found


def _listen(host: str, port: int) -> socket.socket:
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise InputError("cannot listen there", where=f"{host}:{port}", got=error.strerror or str(error),
                         remedy="Choose another --port, 0 for a free one.") from None
    return listener

