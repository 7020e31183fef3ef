"""`cauce bench NAME`: run one of the repository's speed comparisons in a process of its own."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from cauce.cli.options import JsonOption
from cauce.cli.output import command
from cauce.domain.errors import NotFoundError

BENCHES = {
    "auc-ci": "auc_ci.py", "copies": "copies.py", "dicom": "dicom_series.py", "lesions": "lesions.py", "split": "split.py",
    "surface": "surface.py", "train": "train.py",
}
"""Name → file in `benchmarks/`."""


def bench(
    name: Annotated[str, typer.Argument(help="What to time: " + ", ".join(BENCHES) + ".")],
    repeats: Annotated[int, typer.Option(help="Interleaved rounds; goals are judged from 5 on.", min=1)] = 7,
    folder: Annotated[Path | None, typer.Option("--benchmarks", help="Their folder; default: the repository's.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Time cauce against its peers and the physical limit; correctness is checked first."""
    with command(as_json=as_json):
        script = _find(name, folder)
    # A process of its own: nothing that the command line imports takes part, and threads are pinned before NumPy loads.
    arguments = [sys.executable, str(script), "--repeats", str(repeats), *(["--json"] if as_json else [])]
    raise typer.Exit(subprocess.run(arguments, check=False).returncode)


def _find(name: str, folder: Path | None) -> Path:
    if name not in BENCHES:
        raise NotFoundError("no such benchmark", where=name, expected=", ".join(BENCHES), got=name, remedy="Name one.")
    script = (folder or Path(__file__).parents[3] / "benchmarks") / BENCHES[name]
    if not script.is_file():
        raise NotFoundError(
            "the benchmarks are not here", where=script.name, expected="cauce's repository", got="an installed package",
            remedy="Run it in the repository, or name its folder with --benchmarks.",
        )
    return script
