"""Weights & Biases, offline, for real: the files are read back."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from cauce.experiment.search import search
from cauce.experiment.wandb_adapter import export_wandb

from .spots import Place, spec

BLOCK, HEADER = 32768, 7


def records(file: Path) -> list[Any]:
    """Records of wandb's file: a LevelDB log of protobuf messages behind a header of 7 bytes."""
    from wandb.proto import wandb_internal_pb2

    data, place, whole, found = file.read_bytes(), HEADER, b"", []
    while place + HEADER <= len(data):
        if BLOCK - place % BLOCK < HEADER:  # too little is left in this block for another piece
            place += BLOCK - place % BLOCK
            continue
        _, length, kind = struct.unpack("<IHB", data[place : place + HEADER])
        whole += data[place + HEADER : place + HEADER + length]
        place += HEADER + length
        if kind in (1, 4):  # whole, or its last piece
            found.append(wandb_internal_pb2.Record.FromString(whole))
            whole = b""
    return found


def test_every_fold_becomes_an_offline_run_with_its_settings_and_its_curve(
    shared_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "")
    place = shared_place
    found = search(
        place.workspace, name="exported", cohort=place.cohort, split=place.split, spec=spec(grid={}), workers=0,
    )
    assert export_wandb(found, tmp_path) == 3
    files = sorted(tmp_path.glob("wandb/offline-run-*/run-*.wandb"))
    assert len(files) == 3
    for file in files:
        told = records(file)
        (run,) = [each.run for each in told if each.HasField("run")]
        config = {item.key: json.loads(item.value_json) for item in run.config.update}
        trained = next(each for each in found.trials[0].runs if each.fold == config["fold"])
        assert config["learning_rate"] == trained.settings.learning_rate
        assert config["split"] == found.split
        assert run.run_group == found.trials[0].name
        history = [
            {item.key or item.nested_key[0]: json.loads(item.value_json) for item in each.history.item}
            for each in told if each.HasField("history")
        ]
        assert [point["train_loss"] for point in history] == [record.train_loss for record in trained.curve]
        assert place.data_root.name not in str(run)
