"""Entry point of the `cauce` command."""

import sys
from typing import Any

import typer

from cauce import __version__
from cauce.cli import bench, dataset, demo, experiment, init, model, monitor, predict, release, run_example, service
from cauce.cli.output import INTERRUPTED, tell
from cauce.domain.errors import InputError

# Newer Typer carries its own click, older Typer uses the installed one: this is the usage error of either.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name="cauce", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Carries a radiology AI model from DICOM studies to a monitored service.",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Options of `cauce` itself."""


app.command("init")(init.init)
app.command("demo")(demo.demo)
app.command("run")(run_example.run_command)
app.command("predict")(predict.predict)
app.command("bench")(bench.bench)
app.add_typer(dataset.app, name="dataset", help="Files → Cohort → sealed Split.")
app.add_typer(experiment.app, name="experiment", help="Split → Search → Runs → the configuration that is kept.")
app.add_typer(model.app, name="model", help="Selection → ModelVersion with evidence; aliases.")
app.add_typer(release.app, name="release", help="ModelVersion → signed, installable folder.")
app.add_typer(service.app, name="service", help="Release + incoming studies → results: REST, queue, DICOM node.")
app.add_typer(monitor.app, name="monitor", help="Results → drift, alerts.")


def run() -> None:
    """Run the command line; what was typed wrongly is one line too, and one JSON document where that was asked for."""
    try:
        status = app(standalone_mode=False)
    except _UsageError as error:
        status = _usage(error)
    except typer.Abort:
        status = INTERRUPTED
    sys.exit(status or 0)


def _usage(error: Any) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return int(error.exit_code)
    place = error.ctx.command_path if error.ctx is not None else "cauce"
    told = InputError(error.format_message().rstrip("."), where=place, remedy=f"`{place} --help` shows how.")
    return tell(told, as_json="--json" in sys.argv[1:])
