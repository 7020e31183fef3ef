"""Entry of the supervised processes: `python -m cauce.service.process ROLE NAME SETTINGS [SOCKET]`."""

import os
import signal
import socket
import sys
import threading

from cauce.domain.errors import CauceError
from cauce.service.quiet_log import LOG, configure_logging
from cauce.service.settings import ServiceSettings


def main(arguments: list[str]) -> int:
    """Run one role until SIGTERM; gives the exit status."""
    role, name, text, *handles = arguments
    settings = ServiceSettings.model_validate_json(text)
    configure_logging()
    _end_with_parent()
    try:
        if role == "api":
            run_api(settings, socket.socket(fileno=int(handles[0])))
        elif role == "worker":
            from cauce.service.worker import run_worker

            run_worker(settings, name=name)
        else:
            from cauce.service.node import run_node

            run_node(settings)
    except CauceError as error:
        LOG.error("%s cannot run: %s", name, error.line())
        return error.exit_code
    return 0


def run_api(settings: ServiceSettings, bound: socket.socket) -> None:
    """Serve the REST interface on a socket that is already bound, until SIGTERM; requests in work are finished."""
    import uvicorn

    from cauce.service.app import create_app

    config = uvicorn.Config(
        create_app(settings), log_config=None, access_log=False, server_header=False, date_header=False,
        timeout_graceful_shutdown=int(settings.drain_s),
    )
    uvicorn.Server(config).run(sockets=[bound])


def _end_with_parent() -> None:
    """Drain and end when the supervisor is gone: its end of standard input closes even if it is killed."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
