"""What readers marked is drawn where it is, on the picture that the report shows."""

from pathlib import Path

import numpy as np
from PIL import Image

from cauce.dataset.index import index_cohort
from cauce.dataset.thumbnail import SAMPLE, padded_place
from cauce.store.workspace import Workspace

_YAML = """
description: test
licence: CC0
include: {minimum_rows: 8}
source:
  kind: table
  table: images.csv
  images: images
  columns: {image: image, patient: image}
  readings:
    boxes: {table: boxes.csv, image: image, x_min: x, y_min: y, width: w, height: h}
reference:
  kind: boxes
  classes: [spot]
  finding: {scheme: SCT, value: "1", meaning: Spot}
  source: made
"""


def test_a_box_is_drawn_around_what_it_names(tmp_path: Path) -> None:
    pixels = np.zeros((100, 200), dtype=np.uint8)
    pixels[20:40, 120:180] = 255
    (tmp_path / "images").mkdir()
    Image.fromarray(pixels).save(tmp_path / "images" / "a.png")
    (tmp_path / "images.csv").write_text("image\na.png\n")
    (tmp_path / "boxes.csv").write_text("image,x,y,w,h\na.png,120,20,60,20\n")
    (tmp_path / "cohort.yaml").write_text(_YAML)
    workspace = Workspace.open(tmp_path / "w")
    cohort = index_cohort(workspace, tmp_path / "cohort.yaml", name="c")
    grey, lines = (np.load(workspace.arrays.path(digest))[0] for digest in (cohort.samples_sha256, cohort.sample_lines_sha256))
    bright, drawn = np.argwhere(grey > 128), np.argwhere(lines == 1)
    assert np.abs(bright.min(0) - drawn.min(0)).max() <= 1
    assert np.abs(bright.max(0) - drawn.max(0)).max() <= 1
    assert 0 < lines.mean() < 0.05


def test_a_place_on_the_canvas_is_that_of_the_pixel() -> None:
    place = padded_place((100, 200), SAMPLE)
    assert place.to_canvas(0, 0) == (0, 40)
    assert place.to_canvas(199, 99) == (159, 119)
    areas = np.zeros((100, 200), dtype=np.uint8)
    areas[50:, :] = 7
    assert (place.nearest(areas)[80:120] == 7).all()
    assert not place.nearest(areas)[120:].any()
