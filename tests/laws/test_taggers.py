"""What holds for every tagger, whatever it reads and whatever moves information between positions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from quatrain.models import IGNORE, Tagger, TaggerConfig
from quatrain.models.presets import SEQUENCE_MIXERS
from quatrain.models.taggers import TAGGERS, Shape, tagger_of
from quatrain.runs import load_weights, weights_of, write_tensors

WORDS = [*TAGGERS, *SEQUENCE_MIXERS, "conv+transformer"]
VOCAB_SIZE, TAGS = 13, ("O", "B-x", "I-x", "B-y", "I-y")


@pytest.fixture(params=[(word, "words") for word in WORDS] + [(word, "text") for word in ("tagger", "transformer")])
def config(request: pytest.FixtureRequest) -> TaggerConfig:
    word, reads = request.param
    return tagger_of(word)(Shape(reads, VOCAB_SIZE, TAGS, d_model=8, n_layers=2, n_heads=2, max_seq_len=16))


def built(config: TaggerConfig) -> Tagger:
    torch.manual_seed(0)
    model = config.build().double().eval()
    with torch.no_grad():
        for weight in model.parameters():  # what starts at zero would hide what passes through it
            weight.add_(torch.randn_like(weight) * 0.1)
    return model


def inputs(config: TaggerConfig, batch: int, seq: int, lengths: list[int] | None = None) -> tuple[Any, ...]:
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(VOCAB_SIZE, (batch, seq), generator=generator)
    mask = torch.arange(seq) < torch.tensor(lengths or [seq] * batch)[:, None]
    if config.backbone.reads == "text":
        return tokens, mask, None
    spellings = torch.randint(1, 256, (batch, seq, 5), generator=generator)
    return tokens, mask, spellings


def cut(given: tuple[Any, ...], rows: slice, seq: int) -> tuple[Any, ...]:
    return tuple(None if part is None else part[rows, :seq] for part in given)


def targets(batch: int, seq: int) -> Tensor:
    """A tag at each other position but the first, as pieces of words have them."""
    made = torch.randint(len(TAGS), (batch, seq), generator=torch.Generator().manual_seed(2))
    made[:, ::2] = IGNORE
    return made


def test_every_position_has_a_score_for_every_tag(config: TaggerConfig) -> None:
    assert built(config)(*inputs(config, 3, 7)).shape == (3, 7, 5)


def test_padding_and_the_rows_beside_change_nothing(config: TaggerConfig) -> None:
    model, lengths = built(config), [7, 3, 5]
    given, asked = inputs(config, 3, 7, lengths), targets(3, 7)
    asked[~given[1]] = IGNORE
    scores = model(*given)
    losses, told = model.losses(scores, asked), model.tag(scores, asked != IGNORE)
    for row, n in enumerate(lengths):
        alone = model(*cut(given, slice(row, row + 1), n))
        torch.testing.assert_close(alone, scores[row : row + 1, :n], rtol=0, atol=1e-12)
        torch.testing.assert_close(model.losses(alone, asked[row : row + 1, :n])[0], losses[row], rtol=0, atol=1e-12)
        one, n_words = model.tag(alone, asked[row : row + 1, :n] != IGNORE), n // 2
        assert one.tags[0, :n_words].tolist() == told.tags[row, :n_words].tolist()
        torch.testing.assert_close(
            one.probabilities[0, :n_words], told.probabilities[row, :n_words], rtol=0, atol=1e-12
        )
        assert told.word_mask[row].sum() == n_words


def test_every_weight_gets_a_gradient(config: TaggerConfig) -> None:
    model = built(config)
    tokens, mask, third = inputs(config, 5, 15)
    tokens = torch.arange(VOCAB_SIZE).repeat(6)[:75].view(5, 15)
    third = torch.arange(1, 256).repeat(2)[: 75 * 5].view(5, 15, 5) if third is not None else torch.ones_like(tokens)
    if config.backbone.reads == "text":
        third[:, :7] = 0
    asked = torch.arange(len(TAGS)).repeat(15).view(5, 15)
    model.losses(model(tokens, mask, third), asked).sum().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.abs().max() > 0, name


def test_micro_batches_add_up(config: TaggerConfig) -> None:
    whole, parts = built(config), built(config)
    given, asked = inputs(config, 4, 6), targets(4, 6)
    whole.losses(whole(*given), asked).sum().backward()
    for rows in (slice(0, 1), slice(1, 4)):
        parts.losses(parts(*cut(given, rows, 6)), asked[rows]).sum().backward()
    for (name, one), other in zip(whole.named_parameters(), parts.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=0, atol=1e-10, msg=lambda m, n=name: f"{n}: {m}")


def test_the_last_word_matters_to_the_first_unless_nothing_moves_it(config: TaggerConfig) -> None:
    model, given = built(config), inputs(config, 1, 4)
    other = given[0].clone()
    other[0, 3] = (other[0, 3] + 1) % VOCAB_SIZE
    is_blind = config.backbone.mixer.kind == "pointwise"
    assert torch.equal(model(*given)[0, 0], model(other, *given[1:])[0, 0]) == is_blind


def test_saved_and_loaded_it_tells_the_same(config: TaggerConfig, tmp_path: Path) -> None:
    model, given = built(config), inputs(config, 2, 5)
    write_tensors(tmp_path / "model.safetensors", weights_of(model))
    values = config.to_dict()
    assert values.pop("kind") == "tagger"
    loaded = TaggerConfig.from_dict(values).build().double().eval()
    load_weights(loaded, load_file(tmp_path / "model.safetensors"), tmp_path)
    assert torch.equal(loaded(*given), model(*given))


def test_it_counts_more_work_for_longer_sentences(config: TaggerConfig) -> None:
    model = built(config)
    assert 0 < model.flops(4) < model.flops(8)
