"""Starting from a trained model: what is taken over computes as it did, and what is held stays as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from quatrain.data import DataConfig, TextData, Tokenizer, TokenizerConfig, open_data
from quatrain.errors import ConfigError, RunError
from quatrain.layers.pooling import LastPoolingConfig
from quatrain.models import ClassifierConfig
from quatrain.models.backbones import LanguageBodyConfig, TextEncoderConfig
from quatrain.runs import RunFolder, weights_of, write_atomically, write_tensors
from quatrain.training import LoopConfig, Request, TrainConfig, data_config, fit, plan
from quatrain.training.config import TransferConfig
from quatrain.training.transfer import data_for, planned, refuse_unfit, take_over

SETTINGS = ("data.tokenizer.name=byte", "train.seq_len=16", "model.max_seq_len=16")


def silent(_: str) -> None:
    """Say nothing."""


@pytest.fixture
def source(tmp_path: Path, poems: Path) -> Path:
    """A tiny language model in its folder, as far as starting from it needs."""
    request = Request(data=str(poems), model="llama", size="tiny", steps=1, settings=SETTINGS)
    asked = data_config(request)
    data: TextData = open_data(asked)
    config = plan(request, data, asked)
    folder = RunFolder(tmp_path / "source")
    folder.path.mkdir()
    write_atomically(folder.path / "tokenizer.json", data.tokenizer.save)
    folder.write_config(config.model, "0.1.0")
    torch.manual_seed(3)
    write_tensors(folder.weights_path, weights_of(config.model.build()))
    return folder.path


def asked_for(source: Path, poems: Path, **changes: Any) -> tuple[TrainConfig, TextData]:
    request = replace(
        Request(data=str(poems), model="llama", steps=3, start=str(source), settings=SETTINGS[1:2]),
        **changes,
    )
    asked = data_config(request)
    data = open_data(asked)
    return plan(request, data, asked), data


def trained(config: TrainConfig, data: TextData, folder: Path) -> RunFolder:
    run = RunFolder(folder)
    folder.mkdir()
    write_atomically(run.path / "tokenizer.json", data.tokenizer.save)
    run.write_config(config.model, "0.1.0")
    loop = config.train.replace(batch_size=2, dtype="float32", n_samples=0)
    fit(config.replace(train=loop), data, run, resume=False, spent=0.0, hooks=lambda _: [], say=silent)
    return run


def test_data_are_read_with_the_vocabulary_of_the_start(source: Path, poems: Path) -> None:
    config, data = asked_for(source, poems)
    assert config.data.tokenizer.path == str(source)
    assert data.tokenizer.backend.to_str() == RunFolder(source).load_tokenizer().backend.to_str()


def test_a_whole_model_goes_on_where_it_was(source: Path, poems: Path) -> None:
    config, _ = asked_for(source, poems)
    assert config.transfer == TransferConfig(path=str(source))
    theirs = RunFolder(source).model_config()
    assert config.model == theirs.replace(dropout=config.model.dropout)
    model = config.model.build().eval()
    take_over(model, config, silent)
    tokens = torch.arange(16)[None]
    assert torch.equal(model(tokens), RunFolder(source).load_model()(tokens))


def test_changes_of_low_rank_are_kept_as_plain_weights(source: Path, poems: Path, tmp_path: Path) -> None:
    config, data = asked_for(source, poems, tune="lora")
    run = trained(config, data, tmp_path / "tuned")
    before, after = (RunFolder(path).load_model().state_dict() for path in (source, run.path))
    assert before.keys() == after.keys()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all(".blocks." in f".{name}" and name.endswith("proj.weight") for name in changed), changed


def test_a_classifier_takes_the_body_of_a_decoder_and_reads_at_its_end(source: Path) -> None:
    mine = ClassifierConfig(backbone=TextEncoderConfig(vocab_size=5), n_classes=3, dropout=0.25)
    recipe = TrainConfig(data=DataConfig(path="made up"), model=mine, task="classify", train=LoopConfig(seq_len=99))
    config = planned(recipe, TransferConfig(path=str(source), how="frozen"))
    body = config.model.backbone
    assert isinstance(body, LanguageBodyConfig)
    assert body.lm == RunFolder(source).model_config().replace(dropout=mine.backbone.dropout)
    assert isinstance(config.model.pooling, LastPoolingConfig)
    assert config.train.seq_len == 16, "the body accepts no more"
    model = config.model.build()
    take_over(model, config, silent)
    tokens = torch.arange(16)[None]
    assert torch.equal(model.backbone(tokens).vectors, RunFolder(source).load_model().features(tokens))
    assert {name for name, weight in model.named_parameters() if weight.requires_grad} == {"head.weight", "head.bias"}


def test_the_same_recipe_gives_the_same_weights(source: Path, poems: Path, tmp_path: Path) -> None:
    config, data = asked_for(source, poems, tune="lora")
    first, second = (trained(config, data, tmp_path / name) for name in ("first", "second"))
    assert first.weights_path.read_bytes() == second.weights_path.read_bytes()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tune": "frozen"}, "no weights are new"),
        ({"tune": "lra"}, "lora"),
        ({"start": None, "tune": "lora"}, "--from RUN"),
        ({"model": "lstm", "start": "nowhere"}, "there is no run"),
    ],
)
def test_what_cannot_be_meant_is_refused(source: Path, poems: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises((ConfigError, RunError), match=said):
        asked_for(source, poems, **changes)


def test_a_model_of_another_kind_is_no_start(source: Path, poems: Path) -> None:
    with pytest.raises(ConfigError, match="cannot start from it"):
        asked_for(source, poems, model="dan")


def test_a_start_without_weights_is_named(source: Path, poems: Path) -> None:
    config, _ = asked_for(source, poems)
    (source / "model.safetensors").unlink()
    with pytest.raises(RunError, match="holds no weights"):
        take_over(config.model.build(), config, silent)


def test_a_start_whose_vocabulary_is_gone_is_damaged(source: Path) -> None:
    (source / "tokenizer.json").unlink()
    with pytest.raises(RunError, match=r"is damaged: its model reads tokens, and its tokenizer\.json is missing"):
        data_for(DataConfig(path="made up"), str(source))


def test_a_vocabulary_of_more_tokens_than_the_model_knows_is_of_another(source: Path) -> None:
    Tokenizer.train(["a b c " * 9], TokenizerConfig(name="bpe", vocab_size=300)).save(source / "tokenizer.json")
    config = json.loads((source / "config.json").read_text())
    config["model"]["vocab_size"] = 7
    (source / "config.json").write_text(json.dumps(config))
    with pytest.raises(RunError, match=r"tokenizer\.json has \d+ tokens, and its model knows 7"):
        data_for(DataConfig(path="made up"), str(source))


def test_a_start_that_is_cut_short_is_found_by_the_shapes_of_its_weights(source: Path, poems: Path) -> None:
    config, _ = asked_for(source, poems)
    refuse_unfit(config)
    weights = load_file(source / "model.safetensors")
    write_tensors(source / "model.safetensors", {name: weights[name] for name in sorted(weights)[1:]})
    with pytest.raises(RunError, match=r"does not belong to its config\.json: \S+\. Train it again"):
        refuse_unfit(config)
    whole = (source / "model.safetensors").read_bytes()
    (source / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RunError, match=r"model\.safetensors: damaged"):
        refuse_unfit(config)
