"""The masked language model beside published counts and the equation of its head."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from quatrain.errors import ConfigError, ShapeError
from quatrain.models import IGNORE, MaskedLMConfig
from quatrain.models.encoders import bert, encoder_of


def small(**changes: object) -> MaskedLMConfig:
    return MaskedLMConfig(backbone=encoder_of("encoder")(11, 12, 2, 3, 16), **{"next_sentence": True, **changes})


def test_bert_base_with_both_heads_has_as_many_parameters_as_published() -> None:
    config = MaskedLMConfig(backbone=bert(), next_sentence=True)
    with torch.device("meta"):
        model = config.build()
    assert (
        sum(weight.numel() for weight in model.backbone.parameters())
        + sum(weight.numel() for weight in model.next_head.pooler.parameters())
        == 109_482_240
    )
    assert sum(weight.numel() for weight in model.parameters()) == 110_106_428


def test_the_head_is_a_layer_a_norm_and_the_table_with_a_bias() -> None:
    torch.manual_seed(0)
    model = small(activation="gelu").build().eval()
    x = torch.randn(5, 12)
    dense, head = model.head.dense, model.head.lm_head
    bent = F.layer_norm(F.gelu(x @ dense.weight.T + dense.bias), (12,))
    torch.testing.assert_close(model.head(x), bent @ model.backbone.embedding.table.weight.T + head.bias)


def test_an_untied_head_has_a_table_of_its_own() -> None:
    model = small(tied=False).build()
    assert model.head.lm_head.weight is not model.backbone.embedding.table.weight


def test_counting_a_text_starts_the_bias_and_the_table() -> None:
    model = small(neighbour_start=0.1).build()
    tokens = torch.tensor([0, 1, 2, 1, 2, 1, 3, 1] * 9)
    model.observe(tokens, torch.tensor([0]), torch.Generator().manual_seed(0))
    assert model.head.lm_head.bias.argmax() == 1
    assert 0.03 < model.backbone.embedding.table.weight.square().mean().sqrt().item() < 0.12


def test_a_fresh_head_without_counts_has_no_bias() -> None:
    assert not small().build().head.lm_head.bias.any()


def test_no_hidden_token_costs_nothing() -> None:
    model, tokens = small().build(), torch.zeros(2, 5, dtype=torch.long)
    assert model.hidden_losses(model.backbone(tokens), torch.full_like(tokens, IGNORE)).shape == (0,)


def test_a_longer_text_is_refused() -> None:
    with pytest.raises(ShapeError, match="17 positions but this model accepts max_seq_len=16"):
        small().build()(torch.zeros(1, 17, dtype=torch.long))


def test_only_text_is_read() -> None:
    values = small().to_dict()
    values.pop("kind")
    values["backbone"] = {"kind": "convnet"}
    with pytest.raises(ConfigError, match="nothing is called 'convnet'"):
        MaskedLMConfig.from_dict(values)


def test_operations_are_those_of_the_backbone_and_of_all_logits() -> None:
    model = small().build()
    assert model.flops(8) == model.backbone.flops(8) + 8 * 2 * (12 * 12 + 12 * 11)
