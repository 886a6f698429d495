"""What holds for every classifier of texts, whatever moves information between positions."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from quatrain.layers.pooling import POOLINGS
from quatrain.models import ClassifierConfig
from quatrain.models.presets import SEQUENCE_MIXERS
from quatrain.models.text_classifiers import WITHOUT_BLOCKS, text_classifier

WORDS = [*WITHOUT_BLOCKS, *SEQUENCE_MIXERS, "conv+transformer"]
POOLED = [f"transformer pooled by {pooling}" for pooling in POOLINGS]
VOCAB_SIZE, CLASSES = 13, ("no", "yes", "perhaps")


def config_of(word: str) -> ClassifierConfig:
    word, _, pooling = word.partition(" pooled by ")
    config = text_classifier(word)(VOCAB_SIZE, CLASSES, 8, 2, 2, 16)
    return config.replace(pooling=POOLINGS[pooling]()) if pooling else config


def built(word: str, **changes: Any) -> Any:
    torch.manual_seed(0)
    model = config_of(word).replace(**changes).build().double().eval()
    with torch.no_grad():
        for weight in model.parameters():  # branches that start at zero would hide what passes through them
            weight.add_(torch.randn_like(weight) * 0.1)
    return model


def tokens(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randint(1, VOCAB_SIZE, shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(params=[*WORDS, *POOLED])
def word(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_row_gives_logits_of_every_class(word: str) -> None:
    assert built(word)(tokens(5, 7)).shape == (5, 3)


def test_padding_changes_nothing(word: str) -> None:
    model, row = built(word), tokens(1, 6)
    padded = torch.cat([row, tokens(1, 4, seed=2)], dim=1)
    mask = torch.arange(10)[None] < 6
    torch.testing.assert_close(model(padded, mask), model(row), rtol=0, atol=1e-12)


def test_rows_of_a_batch_do_not_meet(word: str) -> None:
    model, rows = built(word), tokens(4, 7)
    mask = torch.arange(7)[None] < torch.tensor([[7], [3], [5], [1]])
    whole = model(rows, mask)
    for i in range(4):
        torch.testing.assert_close(model(rows[i : i + 1], mask[i : i + 1]), whole[i : i + 1], rtol=0, atol=1e-12)


def test_every_weight_gets_a_gradient(word: str) -> None:
    model = built(word)
    segments = (torch.arange(7) > 3).long().expand(5, 7)
    everything = torch.arange(VOCAB_SIZE).repeat(3)[:35].view(5, 7)
    model(everything, None, segments).square().sum().backward()
    without = [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert without == []


def test_what_is_built_from_the_same_words_is_the_same(word: str) -> None:
    config = config_of(word)
    assert ClassifierConfig.from_dict({k: v for k, v in config.to_dict().items() if k != "kind"}) == config
    one, two = built(word), built(word)
    two.load_state_dict(one.state_dict())
    torch.testing.assert_close(one(tokens(2, 5)), two(tokens(2, 5)), rtol=0, atol=0)


def test_dropout_is_for_training_alone_and_follows_the_generator(word: str) -> None:
    model, rows = built(word), tokens(3, 6)
    torch.testing.assert_close(model(rows), model(rows), rtol=0, atol=0)
    model.train()
    drawn = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        drawn.append(model(rows))
    torch.testing.assert_close(drawn[0], drawn[1], rtol=0, atol=0)
    assert not torch.equal(drawn[0], drawn[2])


def test_the_vector_of_an_example_is_what_its_class_is_told_from(word: str) -> None:
    model, rows = built(word), tokens(2, 5)
    x = model.embed(rows)
    if model.hidden is not None:
        x = model.bend(model.hidden(x))
    torch.testing.assert_close(model.head(x), model(rows), rtol=0, atol=0)


def test_all_but_those_that_only_take_means_know_the_order(word: str) -> None:
    model, row = built(word), torch.tensor([[1, 2, 3, 4, 5]])
    is_blind = word in ("dan", "mlp", "pool")
    same = torch.allclose(model(row), model(row.flip(1)), rtol=0, atol=1e-9)
    assert same == is_blind


def test_flops_grow_with_the_length(word: str) -> None:
    model = built(word)
    assert model.flops(8) >= model.flops(4) > 0
