"""Entry point of the `cauce` command."""

import typer

from cauce import __version__

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
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),  # noqa: ARG001
) -> None:
    """Options of `cauce` itself."""
