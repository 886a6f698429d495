"""Changes of low rank: nothing at first, then exactly their formula; held parts stay as they are."""

from __future__ import annotations

import pytest
import torch

from quatrain.errors import ConfigError
from quatrain.layers.low_rank import LowRank, adapt, adapted, freeze
from quatrain.models import ClassifierConfig
from quatrain.models.backbones import TextEncoderConfig
from quatrain.runs import load_weights, plain_weights, weights_of

CONFIG = ClassifierConfig(
    backbone=TextEncoderConfig(
        vocab_size=11, d_model=8, n_layers=2, mixer={"kind": "attention", "n_heads": 2, "causal": False}, dropout=0.5
    ),
    n_classes=3,
)


@pytest.fixture
def tokens() -> torch.Tensor:
    return torch.randint(11, (4, 6), generator=torch.Generator().manual_seed(0))


def test_nothing_is_changed_at_first(tokens: torch.Tensor) -> None:
    torch.manual_seed(0)
    model = CONFIG.build().eval()
    before = model(tokens)
    adapt(model.backbone, rank=2, alpha=4.0)
    assert torch.equal(model(tokens), before)


def test_what_is_kept_is_the_weight_plus_the_change(tokens: torch.Tensor) -> None:
    torch.manual_seed(0)
    model = CONFIG.build().double().eval()
    plain = {name: weight.clone() for name, weight in weights_of(model).items()}
    adapt(model.backbone, rank=2, alpha=4.0)
    changes = {name: module for name, module in model.named_modules() if isinstance(module, LowRank)}
    assert changes
    for change in changes.values():
        torch.nn.init.normal_(change.up)
    kept = plain_weights(model)
    assert kept.keys() == plain.keys()
    for name, change in changes.items():
        weight = name.replace(".parametrizations.weight.0", ".weight")
        assert torch.allclose(kept[weight], plain[weight] + 4.0 / 2 * change.up @ change.down, atol=1e-12)
    again = CONFIG.build().double().eval()
    load_weights(again, kept, __file__)  # type: ignore[arg-type] - the path is for messages
    assert torch.allclose(again(tokens), model(tokens), atol=1e-12)


def test_only_changes_and_the_head_learn(tokens: torch.Tensor) -> None:
    model = CONFIG.build()
    adapt(model.backbone, rank=2, alpha=4.0)
    model(tokens).sum().backward()
    learned = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert all(name.startswith("head.") or name.endswith((".up", ".down")) for name in learned)
    assert {name for name, weight in model.named_parameters() if weight.grad is not None} == learned
    assert len(list(adapted(model))) == 2 * 4


def test_a_frozen_part_computes_as_in_use(tokens: torch.Tensor) -> None:
    model = CONFIG.build()
    freeze(model.backbone)
    model.train()
    assert not model.backbone.training
    assert model.training
    assert torch.equal(model.embed(tokens), model.embed(tokens)), "dropout would make them differ"
    assert not any(weight.requires_grad for weight in model.backbone.parameters())


def test_a_part_without_blocks_cannot_be_changed() -> None:
    with pytest.raises(ConfigError, match="in full"):
        adapt(torch.nn.Linear(3, 3), rank=1, alpha=1.0)
