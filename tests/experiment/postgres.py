"""A PostgreSQL server of its own, from the Debian package, on a socket in a temporary folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> Path | None:
    """Folder of initdb and pg_ctl; None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Start one, give its URL, stop it. PostgreSQL refuses to run as root, so root hands it to the user `postgres`."""
    home = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the path of a socket may have 107 characters
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(home, "postgres")
    control = [*as_user, str(folder / "pg_ctl"), "-D", str(home / "data"), "-w"]

    def run(command: list[str]) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home)

    try:
        run([*as_user, str(folder / "initdb"), "-D", str(home / "data"), "-A", "trust", "-U", "cauce", "-N"])
        options = f"-k {home} -c listen_addresses='' -c fsync=off"
        run([*control, "-o", options, "-l", str(home / "log"), "start"])
        yield f"postgresql://cauce@/postgres?host={home}"
    finally:
        if (home / "data").exists():
            run([*control, "-m", "immediate", "stop"])
        shutil.rmtree(home)
