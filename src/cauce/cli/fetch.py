"""`cauce dataset fetch`: a public set from its publisher, with licence and digests."""

from pathlib import Path
from typing import Annotated

import typer

from cauce.cli.options import JsonOption
from cauce.cli.output import command, emit
from cauce.domain.errors import InputError


def fetch(
    name: Annotated[str, typer.Argument(help="Name of the set; an unknown name lists them.")],
    to: Annotated[Path | None, typer.Option("--to", help="Folder for it; default: a folder of the set's name here.")] = None,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="You have read the licence that is shown, and accept it.")
    ] = False,
    pin: Annotated[
        list[str] | None, typer.Option("--pin", help="FILE=SHA256 that you vouch for, where nobody published a checksum.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Download a public set: licence shown, resumed when cut, digests checked, unpacked safely; then say what is next."""
    with command(as_json=as_json) as progress:
        from cauce.dataset.fetch.run import fetch as run_fetch
        from cauce.dataset.fetch.run import public_set

        public = public_set(name)
        made = run_fetch(public, to or Path(public.name), accepts_licence=accept_licence, pins=_pins(pin or []),
                         progress=progress)
        following = f"cauce dataset index {made.cohort} --name {public.name}" if made.cohort else ""
        lines = [f"{public.title}: {made.folder}", f"  licence: {public.licence}", f"  cite: {public.citation}"]
        lines += [f"  SHA-256 {digest} {file}" for file, digest in made.sha256.items()]
        lines.append(f"Next: {following}" if following else "This set comes without a cohort.yaml: write one for it.")
        document = {"name": public.name, "folder": str(made.folder), "licence": public.licence, "citation": public.citation,
                    "sha256": made.sha256, "cohort": str(made.cohort) if made.cohort else None, "next": following}
        emit(document, "\n".join(lines), as_json=as_json)


def _pins(given: list[str]) -> dict[str, str]:
    pins = dict(each.partition("=")[::2] for each in given)
    for file, digest in pins.items():
        if len(digest) != 64 or set(digest.lower()) - set("0123456789abcdef"):
            raise InputError("no SHA-256", where=f"--pin {file}", expected="FILE=64 hexadecimal digits", got=digest[:70])
    return pins
