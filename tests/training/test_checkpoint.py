"""Checkpoints: whole or not there, damage named, the last good one kept."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch

from quatrain.errors import CheckpointError, TrainingError
from quatrain.training.checkpoint import Checkpoint, TrainState, load_newest, save


def checkpoint(step: int) -> Checkpoint:
    return Checkpoint(
        TrainState(step=step, progress=step / 10, best=2.5),
        weights={"w": torch.full((3,), float(step))},
        optimiser={"0.0.step": torch.tensor(step)},
        average={},
        fingerprint="the same",
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def flip(file: Path, place: int) -> None:
    raw = bytearray(file.read_bytes())
    raw[place] ^= 1
    file.write_bytes(raw)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    save(tmp_path, checkpoint(3), keep=2)
    loaded = load_newest(tmp_path, say=print)
    assert loaded is not None
    assert loaded.state == checkpoint(3).state
    assert loaded.fingerprint == "the same"
    assert loaded.weights["w"].tolist() == [3, 3, 3]
    assert loaded.optimiser["0.0.step"].item() == 3
    assert loaded.average == {}


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for step in (8, 9, 10, 1_000_000):
        save(tmp_path, checkpoint(step), keep=2)
    assert names(tmp_path) == ["step-000010", "step-1000000"]
    newest = load_newest(tmp_path, say=print)
    assert newest is not None
    assert newest.state.step == 1_000_000


def test_there_is_nothing_to_go_on_from_in_an_empty_folder(tmp_path: Path) -> None:
    assert load_newest(tmp_path / "none", say=print) is None


@pytest.mark.parametrize("file", ["weights.safetensors", "optimiser.safetensors", "average.safetensors", "state.json"])
def test_a_damaged_file_is_named_and_the_checkpoint_before_it_used(tmp_path: Path, file: str) -> None:
    for step in (1, 2):
        save(tmp_path, checkpoint(step), keep=2)
    flip(tmp_path / "step-000002" / file, -3)
    said: list[str] = []
    loaded = load_newest(tmp_path, said.append)
    assert loaded is not None
    assert loaded.state.step == 1
    assert said == [
        f"{tmp_path / 'step-000002' / file}: damaged: its checksum does not match. Going back to the one before it."
    ]


def test_wherever_the_list_of_checksums_is_damaged_it_is_noticed(tmp_path: Path) -> None:
    save(tmp_path, checkpoint(1), keep=1)
    sums = tmp_path / "step-000001" / "checksums.json"
    whole = sums.read_bytes()
    for place in range(len(whole)):
        flip(sums, place)
        try:
            values = json.loads(sums.read_bytes())
        except ValueError:
            values = None
        if values != json.loads(whole):
            with pytest.raises(CheckpointError, match="step-000001"):
                load_newest(tmp_path, say=lambda _: None)
        sums.write_bytes(whole)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    save(tmp_path, checkpoint(1), keep=1)
    (tmp_path / "step-000001" / "optimiser.safetensors").unlink()
    said: list[str] = []
    with pytest.raises(CheckpointError):
        load_newest(tmp_path, said.append)
    assert "incomplete" in said[0]
    assert "optimiser.safetensors" in said[0]


def test_where_all_are_damaged_it_says_how_to_start_again(tmp_path: Path) -> None:
    for step in (1, 2):
        save(tmp_path, checkpoint(step), keep=2)
        flip(tmp_path / f"step-00000{step}" / "weights.safetensors", -1)
    with pytest.raises(CheckpointError, match=r"every checkpoint is damaged \(step-000002, step-000001\)") as error:
        load_newest(tmp_path, say=lambda _: None)
    assert "leave out --resume and name it with --out" in str(error.value)
    assert error.value.exit_code == 2


@pytest.mark.parametrize("keep", [1, 2])
def test_a_damaged_later_one_does_not_push_out_a_good_one(tmp_path: Path, keep: int) -> None:
    for step in (4, 5, 8):
        save(tmp_path, checkpoint(step), keep=3)
    flip(tmp_path / "step-000008" / "weights.safetensors", -1)
    save(tmp_path, checkpoint(6), keep=keep)
    assert names(tmp_path) == ["step-000005", "step-000006"][-keep:]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_earlier_ones_and_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    save(tmp_path, checkpoint(1), keep=2)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(TrainingError, match="No space left on device") as error:
            save(tmp_path, checkpoint(2), keep=2)
    assert "Earlier checkpoints still stand" in str(error.value)
    assert error.value.exit_code == 1
    assert names(tmp_path) == ["step-000001"]
    save(tmp_path, checkpoint(2), keep=2)
    assert names(tmp_path) == ["step-000001", "step-000002"]
