"""What a command prints: one JSON document, or text and progress bars for people; errors as one line."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from cauce.domain.errors import CauceError, InputError
from cauce.domain.progress import Progress, silent

_LINE_EVERY_S = 10.0
INTERRUPTED = 130  # 128 + SIGINT, as shells report it


def emit(document: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Print the outcome: `document` alone with --json, else `text`."""
    if as_json:
        sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    else:
        Console(soft_wrap=True, highlight=False, markup=False).print(text)  # a path may hold square brackets


@contextmanager
def command(*, as_json: bool) -> Iterator[Progress]:
    """Run the body of a command: yields its progress bar, turns errors into one line and an exit code.

    With --json standard output holds exactly one JSON document, also when the command fails.
    """
    console = Console(stderr=True)
    bar = RichProgress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        console=console, transient=False, disable=not console.is_terminal,
    )
    try:
        with bar:
            yield silent if as_json and not console.is_terminal else _Bars(bar, console)
    except CauceError as error:
        raise typer.Exit(tell(error, as_json=as_json)) from None
    except BrokenPipeError:
        raise  # whoever read the output has gone; there is nobody to tell
    except OSError as error:
        raise typer.Exit(tell(_refused_by_system(error), as_json=as_json)) from None
    except KeyboardInterrupt:
        sys.stderr.write("cauce: interrupted; what was finished is kept, the same command continues from there\n")
        raise typer.Exit(INTERRUPTED) from None


def tell(error: CauceError, *, as_json: bool) -> int:
    """Say an error on one line, with --json as a document too; gives the exit code."""
    if as_json:
        emit({"error": {"code": error.code, "message": error.line()}}, "", as_json=True)
    sys.stderr.write(f"cauce: {error.line()}\n")
    return error.exit_code


def _refused_by_system(error: OSError) -> InputError:
    """What the operating system refused: a folder that cannot be written, a full disk, a port that is taken."""
    return InputError(
        error.strerror or str(error) or type(error).__name__, where=str(error.filename2 or error.filename or ""),
        remedy="Check that the path exists and can be written, and that the disk has room." if error.filename else "",
    )


class _Bars:
    """One bar per step on a terminal; elsewhere a line per finished step, and every few seconds in between."""

    def __init__(self, bar: RichProgress, console: Console) -> None:
        self._bar, self._console = bar, console
        self._tasks: dict[str, TaskID] = {}
        self._last_line = time.monotonic()

    def __call__(self, step: str, done: int, total: int) -> None:
        if not self._console.is_terminal:
            if done == total or time.monotonic() - self._last_line > _LINE_EVERY_S:
                self._console.print(f"{step}: {done} of {total}", highlight=False)
                self._last_line = time.monotonic()
            return
        bar = step.partition(" · ")[0]  # what follows may change while the step goes on
        if bar not in self._tasks:
            self._tasks[bar] = self._bar.add_task(step, total=total)
        self._bar.update(self._tasks[bar], completed=done, total=total, description=step)
