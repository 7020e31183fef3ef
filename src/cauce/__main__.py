"""`python -m cauce` is the `cauce` command."""

from cauce.cli.main import run

run()
