"""One process that starts the others, restarts what dies, and lets them finish on SIGTERM."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from cauce.domain.errors import InputError, ServiceError
from cauce.service.quiet_log import LOG
from cauce.service.settings import ServiceSettings

_POLL_S = 0.1
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 30.0
_HEALTHY_AFTER_S = 20.0
_START_ATTEMPTS = 5  # a process that never came up does not come up the sixth time: a person must look
_BACKLOG = 512


@dataclass
class Child:
    """One supervised process: `role` says what it runs, `name` stays the same over restarts."""

    role: str
    name: str
    settings: ServiceSettings
    socket_handle: int | None = None
    pause_s: float = _FIRST_PAUSE_S
    refusals: int = 0
    was_healthy: bool = False
    started: float = 0.0
    restart_at: float = 0.0
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self) -> None:
        """Start the process. Its standard input is a pipe from here: when this process dies, the child sees its end."""
        arguments = [sys.executable, "-m", "cauce.service.process", self.role, self.name, self.settings.model_dump_json()]
        handles = () if self.socket_handle is None else (self.socket_handle,)
        self.process = subprocess.Popen([*arguments, *map(str, handles)], stdin=subprocess.PIPE, pass_fds=handles)
        self.started = time.monotonic()

    @property
    def hopeless(self) -> bool:
        """Whether it refused to run at every one of several starts and never lived for a while."""
        return not self.was_healthy and self.refusals >= _START_ATTEMPTS

    def tend(self) -> None:
        """Restart the process when it died; each time after a longer pause, until it has lived for a while."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.restart_at:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            if now - self.started > _HEALTHY_AFTER_S:
                self.pause_s, self.was_healthy = _FIRST_PAUSE_S, True
            return
        self.refusals += code > 0  # a killed process has a negative status and says nothing about the next
        LOG.warning("%s ended with status %d; it starts again in %.1f s", self.name, code, self.pause_s)
        self._close_pipe()
        self.process, self.restart_at = None, now + self.pause_s
        self.pause_s = min(self.pause_s * 2, _LONGEST_PAUSE_S)

    def stop(self) -> None:
        """Ask the process to finish what it began."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)

    def wait(self, deadline: float) -> None:
        """Wait until it ended; past the deadline (monotonic seconds) end it."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            LOG.warning("%s did not finish in time and is ended; its job continues at the next start", self.name)
            self.process.kill()
            self.process.wait()
        self._close_pipe()

    def _close_pipe(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()


class Supervisor:
    """Runs the processes of one service until it is told to stop."""

    def __init__(self, settings: ServiceSettings, *, api: bool = True) -> None:
        """Bind the port of the REST service, when `api` is wanted; it stays open while the API restarts, and callers wait.

        Raises:
            InputError: the address is in use.
        """
        settings.open_workspace()  # once, before several processes make it at the same time
        self._socket = _bind(settings.host, settings.port) if api else None
        self._stopping = False
        self._drain_s = settings.drain_s
        # Services of one workspace need workers of different names: a name's unfinished jobs are its own.
        prefix = "worker" if api else "node-worker"
        self._children = [Child("worker", f"{prefix}-{number}", settings) for number in range(settings.workers)]
        if self._socket is not None:
            self._children.append(Child("api", "api", settings, socket_handle=self._socket.fileno()))
        if settings.node is not None:
            self._children.append(Child("node", "node", settings))

    @property
    def port(self) -> int:
        """Port of the REST service; 0 when there is none."""
        return int(self._socket.getsockname()[1]) if self._socket is not None else 0

    def processes(self) -> dict[str, int]:
        """Process ids by name, of those that run."""
        return {child.name: child.process.pid for child in self._children if child.process is not None}

    def run(self, *, on_started: Callable[[], None]) -> None:
        """Start everything, call `on_started`, and tend the processes until SIGTERM or SIGINT; then drain and return.

        Raises:
            ServiceError: a process cannot run here; its own reason stands in the log above. The others are stopped first.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        for child in self._children:
            child.start()
        on_started()
        try:
            while not self._stopping:
                for child in self._children:
                    child.tend()
                    if child.hopeless:
                        raise _cannot_run(child.name)
                time.sleep(_POLL_S)
        finally:
            self._stop()

    def _ask_to_stop(self, number: int, frame: object) -> None:  # noqa: ARG002 - the signature of a signal handler
        self._stopping = True

    def _stop(self) -> None:
        LOG.info("stopping; work that was begun is finished")
        for child in self._children:
            with suppress(ProcessLookupError):
                child.stop()
        deadline = time.monotonic() + self._drain_s + 5
        for child in self._children:
            child.wait(deadline)
        if self._socket is not None:
            self._socket.close()


def _cannot_run(name: str) -> ServiceError:
    return ServiceError(f"the process ended at every one of {_START_ATTEMPTS} starts", where=name,
                        remedy="Its reason is the last error above; put it right and start again.")


def _bind(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    try:
        bound.bind((host, port))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise _cannot_listen(host, port, error) from None
    return bound


def _cannot_listen(host: str, port: int, error: OSError) -> InputError:
    return InputError(f"cannot listen ({error.strerror})", where=f"{host}:{port}",
                      remedy="Stop what uses the port, or give another --port.")
