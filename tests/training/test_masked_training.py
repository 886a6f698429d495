"""Training on hidden tokens: the loss whatever the split, scores, and a run killed and gone on with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from quatrain.data import MaskedConfig, MaskedData, TokenizerConfig, open_masked
from quatrain.layers.embedding import EmbeddingConfig
from quatrain.models import IGNORE, MaskedLM, MaskedLMConfig
from quatrain.models.encoders import encoder_of
from quatrain.runs import RunFolder
from quatrain.training import LoopConfig, TrainConfig
from quatrain.training.horizon import StepsHorizon
from quatrain.training.loop import Hook, Trainer
from quatrain.training.objectives import OBJECTIVES, count_neighbours, score_masked
from quatrain.training.optim import AdamWConfig

from .test_resume import KillAfter, Killed, go_on, sha256

WORDS = ["small", "grey", "boats", "were", "drawn", "over", "sand", "while", "gulls", "cried"]


@pytest.fixture
def data(tmp_path: Path) -> MaskedData:
    draw = random.Random(0)
    lines = (" ".join(draw.choices(WORDS, k=6)).capitalize() + "." for _ in range(150))
    (tmp_path / "text.txt").write_text("\n".join(lines), encoding="utf-8")
    return open_masked(
        MaskedConfig(path=str(tmp_path / "text.txt"), tokenizer=TokenizerConfig(name="word", lowercase=True))
    )


def config_of(data: MaskedData, *, next_sentence: bool = True, dropout: float = 0.0) -> MaskedLMConfig:
    backbone = encoder_of("encoder")(data.tokenizer.vocab_size, 16, 1, 2, 24)
    backbone = backbone.replace(dropout=dropout, embedding=EmbeddingConfig(std=0.1))
    return MaskedLMConfig(backbone=backbone, next_sentence=next_sentence)


def model_of(data: MaskedData, **settings: bool) -> MaskedLM:
    torch.manual_seed(0)
    return config_of(data, **settings).build()


def test_the_loss_is_the_mean_over_tokens_and_the_mean_over_pairs(data: MaskedData) -> None:
    model, batch = model_of(data), data.train.batches(seed=0, batch_size=12, seq_len=24).at(0)
    loss = OBJECTIVES["masked"].loss_sum(model, batch) / batch.n_targets
    logits, vectors = model(*batch.inputs), model.backbone(*batch.inputs).vectors
    tokens = F.cross_entropy(logits.transpose(1, 2), batch.targets, ignore_index=IGNORE)
    pairs = F.cross_entropy(model.next_head(vectors), batch.follows, ignore_index=IGNORE)
    torch.testing.assert_close(loss, tokens + pairs)
    apart = {name: part / batch.n_targets for name, part in OBJECTIVES["masked"].loss_parts(model, batch).items()}
    torch.testing.assert_close(apart, {"loss": tokens, "pair_loss": pairs})
    assert {*OBJECTIVES["masked"].loss_parts(model_of(data, next_sentence=False), batch)} == {"loss"}


@pytest.mark.parametrize("n_rows", [1, 5])
@pytest.mark.parametrize("next_sentence", [False, True])
def test_micro_batches_equal_one_batch(data: MaskedData, n_rows: int, next_sentence: bool) -> None:
    batch, objective = data.train.batches(seed=0, batch_size=12, seq_len=24).at(0), OBJECTIVES["masked"]
    gradients = []
    for parts in ([batch], batch.split(n_rows)):
        model = model_of(data, next_sentence=next_sentence).double()
        for part in parts:
            (objective.loss_sum(model, part) / sum(each.n_targets for each in parts)).backward()
        gradients.append({name: weight.grad for name, weight in model.named_parameters()})
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, rtol=0, atol=1e-12, msg=lambda m, n=name: f"{n}: {m}")


def test_scores_are_those_of_all_hidden_tokens(data: MaskedData) -> None:
    model = model_of(data)
    score, losses = score_masked(model, data.val)
    expected, n_hits, n_follow, n_pairs = [], 0, 0, 0
    with torch.no_grad():
        for batch in data.val.scored(context=24):
            logits, hidden = model(*batch.inputs), batch.targets != IGNORE
            expected.append(F.cross_entropy(logits[hidden], batch.targets[hidden], reduction="none"))
            n_hits += int((logits[hidden].argmax(dim=1) == batch.targets[hidden]).sum())
            asked = batch.follows != IGNORE
            told = model.next_head(model.backbone(*batch.inputs).vectors).argmax(dim=1)
            n_follow += int((told == batch.follows)[asked].sum())
            n_pairs += int(asked.sum())
    np.testing.assert_allclose(losses, torch.cat(expected).numpy(), rtol=1e-4)
    assert score.loss == pytest.approx(losses.mean())
    assert score.accuracy == n_hits / len(losses)
    assert score.interval[0] <= score.loss <= score.interval[1]
    assert score.next_sentence is not None
    assert (score.next_sentence.accuracy, score.next_sentence.n_pairs) == (n_follow / n_pairs, n_pairs)
    assert model.training, "scoring leaves the model as it was"


def test_every_model_and_the_baseline_are_asked_the_same(data: MaskedData) -> None:
    one, other = (score_masked(model_of(data, next_sentence=asked), data.val)[0] for asked in (True, False))
    baseline = count_neighbours(data, 24).on(data.val)
    assert one.n_targets == other.n_targets == len(baseline.values)
    assert other.next_sentence is None
    assert "next_sentence" not in other.to_dict()


def test_a_quick_score_is_of_about_so_many_tokens(data: MaskedData) -> None:
    score = OBJECTIVES["masked"].validate(model_of(data), data.val, 12)
    assert 6 <= score.n_targets <= 20


def make_trainer(data: MaskedData, folder: Path, hooks: Sequence[Hook] = ()) -> Trainer:
    folder.mkdir(exist_ok=True)
    config = TrainConfig(
        data=MaskedConfig(path="made up"),
        model=config_of(data, dropout=0.2),
        task="masked",
        optim=AdamWConfig(lr=0.01),
        train=LoopConfig(
            steps=8,
            batch_size=5,
            seq_len=24,
            n_validations=4,
            checkpoint_seconds=0.0,
            dtype="float32",
            micro_batch_size=2,
        ),
    )
    torch.manual_seed(config.train.seed)
    return Trainer(
        config, config.model.build(), data.train, data.val,
        folder=RunFolder(folder), horizon=StepsHorizon(8), fingerprint="the same", hooks=hooks,
    )  # fmt: skip


def test_killed_at_any_step_it_ends_with_the_same_bytes(data: MaskedData, tmp_path: Path) -> None:
    make_trainer(data, tmp_path / "undisturbed").run()
    for step in (3, 5):
        with pytest.raises(Killed):
            go_on(make_trainer(data, tmp_path / "killed", [KillAfter(step)]))
    go_on(make_trainer(data, tmp_path / "killed"))
    assert sha256(tmp_path / "killed") == sha256(tmp_path / "undisturbed")


def test_it_learns_which_token_stands_between_which(tmp_path: Path) -> None:
    (tmp_path / "abc.txt").write_text("\n".join(["a b c d e f g h"] * 300), encoding="utf-8")
    config = MaskedConfig(path=str(tmp_path / "abc.txt"), tokenizer=TokenizerConfig(name="word"), next_sentence=False)
    data = open_masked(config)
    torch.manual_seed(0)
    backbone = encoder_of("encoder")(data.tokenizer.vocab_size, 32, 2, 2, 24)
    model = MaskedLMConfig(backbone=backbone.replace(embedding=EmbeddingConfig(std=0.1))).build()
    optimisers = AdamWConfig(lr=0.01, clip=None).build(model)
    batches = data.train.batches(seed=0, batch_size=16, seq_len=24)
    for step in range(60):
        batch = batches.at(step)
        (OBJECTIVES["masked"].loss_sum(model, batch) / batch.n_targets).backward()
        optimisers.step(1.0)
    assert score_masked(model, data.val)[0].accuracy > 0.8
