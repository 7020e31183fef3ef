"""Serve a release, send it studies of an unseen vendor on both paths, and keep the answers."""

import json
import sys
from pathlib import Path

from cauce.cli.served import served
from cauce.domain.progress import silent
from cauce.phantom import UNSEEN_VENDOR, write_studies
from cauce.service.client import submit


def main() -> None:
    release, workspace = (Path(argument).resolve() for argument in sys.argv[1:])
    answers = []
    with served(release, workspace) as url:
        for number, queue in enumerate((False, True)):
            folder = Path("studies") / str(number)
            first = 1_000_000 + 100 * number
            write_studies(folder, count=12, seed=77, vendors=(UNSEEN_VENDOR,), rows=256, patient_offset=first)
            answers += [sent.answer for sent in submit(folder, url, queue=queue, progress=silent)]
    Path("answers.json").write_text(json.dumps(answers))


if __name__ == "__main__":
    main()
