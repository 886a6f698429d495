"""What a translator is scored on: every target once, in the order of the part, whatever its length."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from quatrain.data import PairsConfig, open_pairs
from quatrain.data.pairs import PairData
from quatrain.generate import TranslationConfig
from quatrain.models.translators import translator_of
from quatrain.training.objectives import OBJECTIVES, score_pairs
from quatrain.training.objectives.translation import row_losses

GREEDY = TranslationConfig(beam_size=1)


@pytest.fixture
def data(tmp_path: Path) -> PairData:
    nouns, verbs = ["dog", "man", "cook", "artist", "boy"], ["runs", "sleeps soundly", "sings", "waits", "laughs"]
    lines = [f"A {noun} {verb}.\tEin {noun[::-1]} {verb[::-1]}!" for noun in nouns for verb in verbs]
    (tmp_path / "pairs.tsv").write_text("\n".join(["src\ttgt", *lines]) + "\n", encoding="utf-8")
    return open_pairs(PairsConfig(path=str(tmp_path / "pairs.tsv"), val_fraction=0.3))


def model_of(data: PairData, bound: int = 64) -> torch.nn.Module:
    torch.manual_seed(0)
    model = translator_of("translator")(data.tokenizer.vocab_size, None, 16, 1, 2, bound)
    return model.replace(dropout=0.0).build().double().eval()


def alone(model: torch.nn.Module, data: PairData, row: int) -> np.ndarray:
    """Nats of the targets of one pair, from all its logits."""
    batch = data.val.batch(np.array([row]))
    with torch.no_grad():
        logits = model(batch.src, batch.tgt).log_softmax(-1)
    return -logits[0].gather(1, batch.targets[0, :, None]).squeeze(1).numpy()


def test_the_values_are_those_of_every_pair_alone_in_order(data: PairData) -> None:
    model = model_of(data)
    score, values = score_pairs(model, data.val, GREEDY)
    expected = np.concatenate([alone(model, data, row) for row in range(len(data.val))])
    np.testing.assert_allclose(values, expected, atol=1e-10)
    assert score.loss == pytest.approx(expected.mean())
    assert score.n_targets == len(expected) == data.val.n_targets
    assert score.perplexity == pytest.approx(math.exp(expected.mean()))


def test_smoothing_is_of_training_alone(data: PairData) -> None:
    model, batch = model_of(data), data.train.batch(np.arange(5))
    objective = OBJECTIVES["translate"]
    logits = model(batch.src, batch.tgt, batch.src_mask).transpose(1, 2)
    expected = [F.cross_entropy(logits, batch.targets, label_smoothing=eps, reduction="sum") for eps in (0.0, 0.1)]
    found = [objective.loss_sum(mode(), batch) for mode in (model.eval, model.train)]
    torch.testing.assert_close(found, expected)
    assert objective.score(model, data.val)[0].loss == pytest.approx(objective.score(model.eval(), data.val)[0].loss)


def test_a_quick_validation_of_everything_is_the_score(data: PairData) -> None:
    model, objective = model_of(data), OBJECTIVES["translate"]
    whole = objective.validate(model, data.val, None)
    assert whole.loss == pytest.approx(score_pairs(model, data.val, GREEDY)[0].loss)
    assert objective.validate(model, data.val, 20).n_targets < whole.n_targets


def test_what_is_beyond_the_model_costs_as_one_who_knows_nothing(data: PairData) -> None:
    bound = 14
    model = model_of(data, bound)
    for row, values in row_losses(model, data.val, np.arange(len(data.val))):
        assert len(values) == data.val.tgt_lengths[row]
        np.testing.assert_allclose(values[bound:], math.log(data.tokenizer.vocab_size))
        assert (values[:bound] != math.log(data.tokenizer.vocab_size)).all()
    score, values = score_pairs(model, data.val, GREEDY)
    assert len(values) == data.val.n_targets
    assert score.texts.n_sentences == len(data.val)


def test_the_baselines_are_paired_with_the_targets(data: PairData) -> None:
    objective, said = OBJECTIVES["translate"], []

    class Recipe:
        baseline_order = None

    baselines = objective.baselines(Recipe(), data, said.append)
    memory, ngram = objective.score_beside(baselines, {"val": data.val}, said.append)["val"]
    assert (memory.key, ngram.key) == ("memory", "without_source")
    assert ngram.values is not None
    assert len(ngram.values) == data.val.n_targets
    assert memory.values is None
    assert memory.to_dict()["bleu"] >= 0
    assert len(said) == 2
