"""Parallel text compared: encoder-decoders of one size, losses of targets, and translations beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import quatrain as qt
from quatrain.api import Compared
from quatrain.comparison import Budget, CompareConfig, conduct
from quatrain.comparison.entering import enter
from quatrain.comparison.entrants import Field
from quatrain.comparison.jobs import Job
from quatrain.comparison.subjects import PairSubject, open_subject
from quatrain.data import PairsConfig, TokenizerConfig
from quatrain.data.tasks import Parity
from quatrain.errors import ConfigError
from quatrain.models import EncoderDecoderConfig
from quatrain.report import write_compare_report
from quatrain.training.objectives.translation import row_losses

CHARS = TokenizerConfig(name="char")


@pytest.fixture
def subject(numbers: Path) -> PairSubject:
    """Opened, with a vocabulary for each side."""
    opened = open_subject(PairsConfig(path=str(numbers), shared_vocabulary=False, val_fraction=0.3, tokenizer=CHARS))
    assert isinstance(opened, PairSubject)
    return opened


def entered(subject: PairSubject, *words: str, **more: Any) -> Field:
    settings = {"budget": Budget(of="params", amount=80e3)} | more
    return enter(CompareConfig(data=subject.config, models=words, **settings), subject)


@pytest.mark.usefixtures("short", "here")
def test_translators_are_searched_trained_scored_timed_and_judged(tmp_path: Path, subject: PairSubject) -> None:
    config = CompareConfig(
        data=subject.config,
        models=("lstm-attention", "mlp"),
        budget=Budget(of="params", amount=24e3),
        steps=6,
        seeds=2,
        search=(1.0, 3.0),
    )
    folder = tmp_path / "out"
    result = conduct(config, folder, resume=False, n_at_once=1, say=lambda _: None)
    assert sorted(result["ranking"]) == ["lstm-attention", "mlp"]
    assert result["data"]["kind"] == "pairs"
    assert result["data"]["n_items"] == subject.data.val.n_targets
    assert result["test"]["seeds"] == [0, 1]
    for entrant in result["entrants"]:
        assert 23e3 < entrant["n_parameters"] <= 24e3
        assert entrant["solution"]["encoder.n_layers"] == 2
        assert entrant["cost"]["lengths"] == [8, 16]
        low, high = entrant["interval"]
        assert 0 < low <= entrant["value"] <= high
        bleu = entrant["scores"]["bleu"]
        assert bleu["value"] == pytest.approx(np.mean([run["bleu"] for run in entrant["runs"]]))
        assert 0 <= bleu["interval"][0] <= bleu["interval"][1] <= 100
        assert sum(band["n_sentences"] for band in entrant["by_length"]) == len(subject.data.val)
    assert "Its translations have BLEU " in result["verdict"]

    member = qt.open_run(folder / "runs/mlp-1")
    seed = result["entrants"][1]["runs"][1]
    scored = member.evaluate()
    assert {name: scored[name] for name in ("bleu", "chrf")} == {name: seed[name] for name in ("bleu", "chrf")}
    assert scored["loss"] == pytest.approx(seed["value"], rel=1e-6)
    assert isinstance(member.translate("one two"), str)
    assert (member.folder.path / "source_tokenizer.json").exists()

    values = Job(folder / "runs/mlp-1", "", "final").values()
    second = dict(row_losses(member.model, subject.data.val, np.array([1])))[1]
    start = subject.data.val.tgt_lengths[0]
    np.testing.assert_allclose(values[start : start + len(second)], second, rtol=1e-5)

    assert "   BLEU " in Compared(folder, result).summary()
    page = write_compare_report(folder).read_text(encoding="utf-8")
    assert "BLEU by length of the source" in page
    assert "quatrain translate" in page


@pytest.mark.parametrize("word", [*PairSubject.usual, "marian", "t5", "gru", "conv+transformer"])
@pytest.mark.parametrize("of", ["params", "flops"])
def test_every_translator_is_of_the_size_that_was_asked_for(subject: PairSubject, word: str, of: str) -> None:
    budget = Budget(of="params", amount=120e3) if of == "params" else Budget(of="flops", amount=1e11)
    field = entered(subject, word, "linear", budget=budget)
    model = field.entrants[0].recipe.model
    assert field.target * 0.985 <= field.ruler(model) <= field.target
    assert isinstance(model, EncoderDecoderConfig)
    widths = field.entrants[0].solution
    assert model.encoder.ffn.d_ff == model.decoder.ffn.d_ff == widths["d_ff"]
    assert model.decoder.n_layers == widths["decoder.n_layers"]
    assert (model.vocab_size, model.src_vocab_size) == (
        subject.data.tokenizer.vocab_size,
        subject.data.src_tokenizer.vocab_size,
    )


def test_settings_of_one_model_reach_into_its_stacks(subject: PairSubject) -> None:
    one, other = entered(subject, "translator:decoder.n_layers=2:norm_place=post", "translator").entrants
    assert isinstance(one.recipe.model, EncoderDecoderConfig)
    assert (one.recipe.model.norm_place, one.solution["decoder.n_layers"]) == ("post", 2)
    assert other.solution["decoder.n_layers"] == 1
    with pytest.raises(ConfigError, match=r"translator:.*: encoder\.ffn\.d_ff=9: widths are solved for"):
        entered(subject, "translator:encoder.ffn.d_ff=9", "conv")


@pytest.mark.parametrize("word", ["ngram", "ngram:order=3", "modern", "dan"])
def test_what_reads_no_source_is_refused_with_what_does(subject: PairSubject, word: str) -> None:
    name = word.partition(":")[0]
    with pytest.raises(ConfigError, match=rf"{name}: reads no source.* you may compare translator, .*lstm.*joined by"):
        entered(subject, "translator", word)


def test_a_translator_is_refused_where_there_is_no_source() -> None:
    task = Parity(max_len=8)
    with pytest.raises(ConfigError, match="lstm-attention: writes a target from a source, so it needs parallel text"):
        enter(CompareConfig(data=task, models=("lstm-attention", "mlp")), open_subject(task))


def test_updates_are_counted_by_the_targets_that_they_hold(subject: PairSubject) -> None:
    batches = subject.data.train.batches(seed=3, batch_size=4, seq_len=40)
    held = [batches.at(step) for step in range(batches.batches_per_epoch)]
    n_targets = sum(batch.n_targets for batch in held)
    assert subject.targets_per_update(4, 40) == pytest.approx(n_targets / len(held))
    tgt_len, src_len = subject.row(40)
    n_pairs = sum(batch.n_rows for batch in held)
    assert n_pairs < len(subject.data.train)  # some are longer than 40
    assert tgt_len == round(n_targets / n_pairs)
    assert src_len == round(sum(int(batch.src_mask.sum()) for batch in held) / n_pairs)


def test_a_budget_of_operations_is_spent_on_them(subject: PairSubject) -> None:
    field = entered(subject, "translator", "conv", budget=Budget(of="flops", amount=1e11))
    batch_size, seq_len = subject.batch_size, subject.seq_len
    steps = field.entrants[0].recipe.train.steps
    assert steps is not None
    spent = steps * subject.targets_per_update(batch_size, seq_len) * field.target
    assert spent == pytest.approx(1e11, rel=0.5 / steps)


def test_pairs_too_long_to_be_learned_from_are_scored_and_counted(subject: PairSubject) -> None:
    recipe = entered(subject, "translator", "conv", settings=("train.seq_len=16",)).entrants[0].recipe
    longest = max(subject.data.val.src_lengths.max(), subject.data.val.tgt_lengths.max())
    assert isinstance(recipe.model, EncoderDecoderConfig)
    assert (recipe.model.max_src_len, recipe.model.max_seq_len) == (longest, longest)
    n_long = subject.data.train.n_longer_than(16)
    assert n_long > 0
    assert f" {n_long} pairs with a side of more than 16 tokens are not learned from." in subject.about(16)["split"]
