"""`cauce dataset deidentify`: DICOM files → the same without identity, after PS3.15 Annex E."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cauce.cli.options import JsonOption
from cauce.cli.output import command, emit
from cauce.dataset.deidentify.policy import Clean, Dates, Policy, Retain


def deidentify(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="Folder of any depth, or one file.")],
    destination: Annotated[Path, typer.Argument(metavar="DST", help="New folder, or one that this command made.")],
    key_file: Annotated[Path, typer.Option("--key-file", help="Secret behind new UIDs, pseudonyms and dates; keep it apart.")],
    make_key: Annotated[bool, typer.Option("--make-key", help="Make the key file first, readable by you alone.")] = False,
    dates: Annotated[
        Dates, typer.Option("--dates", help="Shift dates by one offset per patient, keep them, or remove them.")
    ] = Dates.MODIFIED,
    retain: Annotated[list[Retain] | None, typer.Option("--retain", help="Option that keeps more; may be repeated.")] = None,
    clean: Annotated[
        list[Clean] | None, typer.Option("--clean", help="Option that cleans instead of removing; may be repeated.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Remove identity from DICOM files (PS3.15 basic profile and named options); what is not understood is quarantined."""
    with command(as_json=as_json) as progress:
        from cauce.dataset.deidentify.key import make_key as write_key
        from cauce.dataset.deidentify.key import read_key
        from cauce.dataset.deidentify.run import deidentify_folder

        if make_key:
            write_key(key_file)
        run = deidentify_folder(
            source, destination, key=read_key(key_file), quarantine_list=key_file.with_name(key_file.name + ".quarantine.csv"),
            policy=Policy(dates=dates, retain=frozenset(retain or ()), clean=frozenset(clean or ())), progress=progress,
        )
        listed = str(run.quarantine_list) if run.quarantine_list else None
        document = {**run.summary, "destination": str(destination), "quarantine_list": listed}
        emit(document, _text(document), as_json=as_json)


def _text(document: dict[str, Any]) -> str:
    codes = ", ".join(code["code"] for code in document["method_codes"])
    lines = [
        f"{document['passed']} of {document['files']} files de-identified to {document['destination']} "
        f"({document['patients']} patients, {document['studies']} studies); {document['duplicates']} duplicates, "
        f"{document['quarantined']} quarantined",
        f"  {document['edition']}; method codes {codes}",
    ]
    lines += [f"  {row['files']:6d} {row['code']}: {row['reason']}" for row in document["quarantine"]]
    if document["quarantine_list"]:
        lines.append(f"  Which files: {document['quarantine_list']} (names source files: keep it with the key)")
    return "\n".join(lines)
