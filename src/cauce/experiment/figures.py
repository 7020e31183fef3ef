"""The pictures of a search in the workspace's reports."""

from pathlib import Path

from cauce.domain.experiment import Search, Selection
from cauce.experiment.draw_search import draw_folds, draw_importance, draw_parallel
from cauce.experiment.importance import importance
from cauce.experiment.matplotlib_adapter import Picture
from cauce.store.atomic import write_bytes
from cauce.store.workspace import Workspace


def write_figures(workspace: Workspace, search: Search, selection: Selection) -> list[Path]:
    """Folds of each configuration, parallel coordinates, importance of the settings; each as PNG and SVG.

    What has nothing to show is left out: a single setting has no parallel coordinates, three trials no importance.
    """
    pictures: dict[str, Picture] = {"folds": draw_folds(search, selection)}
    if len(search.spec.space) > 0 and len(search.trials) > 1:
        pictures["parallel_coordinates"] = draw_parallel(search, selection)
    found = importance(search)
    if found:
        pictures["importance"] = draw_importance(found, search)
    folder = workspace.folder("reports") / f"{search.name}-search"
    paths = []
    for name, picture in pictures.items():
        for kind, content in (("png", picture.png), ("svg", picture.svg)):
            path = folder / f"{name}.{kind}"
            write_bytes(path, content)
            paths.append(path)
    return paths
