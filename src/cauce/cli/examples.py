"""Where an EXAMPLE is: a folder of the user's, or one that comes with cauce."""

from pathlib import Path

import cauce
from cauce.domain.errors import NotFoundError

DEMO = "chest_xray_phantom"


def find_example(example: str) -> Path:
    """The folder that holds `cohort.yaml` and `experiment.yaml`.

    Args:
        example: path of a folder, or the name of an example that comes with cauce.

    Raises:
        NotFoundError: neither; or the folder lacks one of the two files.
    """
    package = Path(cauce.__file__).parent
    places = (Path(example), package / "examples" / example, package.parent.parent / "examples" / example)
    folder = next((place for place in places if place.is_dir()), None)
    if folder is None:
        raise NotFoundError("no such folder or example", where=example, remedy=f"Try `cauce run {DEMO}`, which needs no data.")
    for name in ("cohort.yaml", "experiment.yaml"):
        if not (folder / name).is_file():
            raise NotFoundError(f"the example lacks {name}", where=str(folder), remedy="See examples/ for complete ones.")
    return folder.resolve()
