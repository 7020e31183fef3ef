"""Loaded by every Python process that has this folder on its path: sockets reach this machine and nothing else.

Attempts are refused and written to the file named by OFFLINE_LOG, so that a library that swallows the error is seen too.
"""

import os
import socket
from pathlib import Path

_LOOPBACK = ("127.", "::1", "localhost")
_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex
_sendto, _getaddrinfo = socket.socket.sendto, socket.getaddrinfo


def _check(host: object) -> None:
    text = host.decode() if isinstance(host, bytes) else str(host)
    if host is None or text == "" or text == socket.gethostname() or text.startswith(_LOOPBACK):
        return
    with Path(os.environ["OFFLINE_LOG"]).open("a") as log:
        log.write(f"{text}\n")
    raise OSError(f"network access to {text} is blocked")


def _guarded(call):
    def guarded(self, *arguments):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _check(arguments[-1][0])
        return call(self, *arguments)

    return guarded


def _guarded_lookup(host, *arguments, **options):
    _check(host)
    return _getaddrinfo(host, *arguments, **options)


socket.socket.connect, socket.socket.connect_ex = _guarded(_connect), _guarded(_connect_ex)
socket.socket.sendto, socket.getaddrinfo = _guarded(_sendto), _guarded_lookup
