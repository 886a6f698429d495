"""Run folders: what is there is opened, what is not is said."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
import torch

from quatrain.errors import RunError, TrainingError
from quatrain.models.presets import gpt2
from quatrain.runs import FORMAT, RunFolder, weights_of, write_atomically, write_json, write_tensors

CONFIG = gpt2(13, 8, 1, 2, 16)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "poems")
    folder.path.mkdir()
    folder.write_config(CONFIG, "0.1.0")
    torch.manual_seed(0)
    write_tensors(folder.weights_path, weights_of(CONFIG.build()))
    return folder


def test_a_run_is_opened_with_the_weights_it_was_saved_with(run: RunFolder) -> None:
    torch.manual_seed(0)
    expected = CONFIG.build().eval()
    model = RunFolder.open(run.path).load_model()
    tokens = torch.arange(10)[None]
    assert not model.training
    assert torch.equal(model(tokens), expected(tokens))
    assert run.model_config() == CONFIG


def test_shared_weights_are_written_once(run: RunFolder) -> None:
    model = CONFIG.build()
    names = weights_of(model)
    assert CONFIG.tied
    assert len(names) == len(list(model.parameters()))


def test_a_folder_that_is_no_run_names_the_nearest(run: RunFolder) -> None:
    with pytest.raises(RunError, match="there is no run here") as error:
        RunFolder.open(run.path.with_name("poem"))
    assert f"Did you mean '{run.path}'?" in str(error.value)
    assert error.value.exit_code == 2


def test_where_there_is_no_run_at_all_it_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError, match=r"there is no run here\. Train one: quatrain train DATA\."):
        RunFolder.open("nothing")


def test_a_file_is_no_run(run: RunFolder) -> None:
    with pytest.raises(RunError, match="there is no run here"):
        RunFolder.open(run.weights_path)


@pytest.mark.parametrize("content", ['{"format": 99}', '{"model": {}}', "[1, 2]", "3"])
def test_a_folder_of_another_version_is_refused(run: RunFolder, content: str) -> None:
    (run.path / "config.json").write_text(content)
    with pytest.raises(RunError, match=rf"layout version .*, this Quatrain reads {FORMAT}.*recipe\.toml says how"):
        RunFolder.open(run.path)


@pytest.mark.parametrize("content", [b'{"format": 1,', b"", b"\xff\xfe"])
def test_a_broken_config_is_named(run: RunFolder, content: bytes) -> None:
    (run.path / "config.json").write_bytes(content)
    with pytest.raises(RunError, match=r"config\.json: this is not JSON"):
        RunFolder.open(run.path)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"kind": "causal_ml"}, "no model is called 'causal_ml'. Did you mean 'causal_lm'?"),
        ({"kind": "causal_lm", "vocab": 3}, "model.vocab: no setting has this name. Did you mean 'vocab_size'?"),
        (None, "it names no model"),
    ],
)
def test_a_config_of_something_unknown_is_refused(run: RunFolder, model: Any, message: str) -> None:
    values = {"format": FORMAT} | ({"model": model} if model else {})
    (run.path / "config.json").write_text(json.dumps(values))
    with pytest.raises(RunError) as error:
        run.load_model()
    assert message in str(error.value)
    assert "config.json" in str(error.value)


def test_missing_weights_say_how_to_go_on(run: RunFolder) -> None:
    run.weights_path.unlink()
    with pytest.raises(RunError, match=f"holds no weights yet.*quatrain train --resume --out {run.path}"):
        run.load_model()


def test_damaged_weights_are_named(run: RunFolder) -> None:
    run.weights_path.write_bytes(run.weights_path.read_bytes()[:100])
    with pytest.raises(RunError, match=r"model\.safetensors: damaged"):
        run.load_model()


def test_weights_of_another_architecture_are_refused_by_name(run: RunFolder) -> None:
    run.write_config(CONFIG.replace(n_layers=2), "0.1.0")
    with pytest.raises(RunError, match=r"does not belong to this config\.json: missing \['blocks\.1"):
        run.load_model()
    run.write_config(CONFIG.replace(d_model=16), "0.1.0")
    with pytest.raises(RunError, match=r"the weights do not fit config\.json"):
        run.load_model()


def test_others_may_read_what_is_written(run: RunFolder) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in run.path.iterdir()}
    assert len(modes) == 1, "the weights have the mode of every other file"


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "result.json"
    write_json(path, {"loss": 1.0})

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        TrainingError, match=r"result\.json: could not be written: .*What stood there before still does"
    ):
        write_json(path, {"loss": 2.0})
    assert json.loads(path.read_text()) == {"loss": 1.0}
    assert [file.name for file in tmp_path.iterdir()] == ["result.json"]


def test_weights_that_cannot_be_written_are_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="could not be written"):
        write_tensors(tmp_path / "no folder" / "model.safetensors", {"w": torch.ones(2)})
    with pytest.raises(TrainingError, match="could not be written"):
        write_atomically(tmp_path / "no folder" / "text", lambda path: path.write_text("x"))
