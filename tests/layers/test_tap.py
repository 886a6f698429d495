"""Taps: free while nobody listens, and silent afterwards."""

from __future__ import annotations

import pytest
import torch

from quatrain.errors import ConfigError
from quatrain.layers.tap import record
from quatrain.mixers import AttentionConfig
from quatrain.models import CausalLMConfig


def model() -> torch.nn.Module:
    torch.manual_seed(0)
    return CausalLMConfig(vocab_size=5, d_model=8, n_layers=2, mixer=AttentionConfig(n_heads=2, window=2)).build()


def test_what_passes_is_kept_by_name_in_order() -> None:
    listened, tokens = model(), torch.randint(5, (3, 7))
    with record(listened, "blocks.*.mixer.pattern") as seen:
        first, second = listened(tokens), listened(tokens[:1, :4])
    assert {name: [tuple(w.shape) for w in told] for name, told in seen.items()} == {
        f"blocks.{layer}.mixer.pattern": [(3, 2, 7, 7), (1, 2, 4, 4)] for layer in range(2)
    }
    torch.testing.assert_close(listened(tokens), first, rtol=0, atol=1e-6)
    torch.testing.assert_close(listened(tokens[:1, :4]), second, rtol=0, atol=1e-6)
    assert all(len(told) == 2 for told in seen.values())


def test_nobody_listens_after_an_error() -> None:
    listened = model()
    with pytest.raises(RuntimeError, match="stop"), record(listened, "*pattern"):
        raise RuntimeError("stop")
    assert not listened.get_submodule("blocks.0.mixer.pattern").is_heard


def test_a_pattern_that_fits_nothing_is_refused() -> None:
    with (
        pytest.raises(ConfigError, match=r"'blocks\.0\.pattern'\. Did you mean 'blocks\.0\.mixer\.pattern'"),
        record(model(), "blocks.0.pattern"),
    ):
        pass


def test_a_tap_is_no_part_of_the_weights() -> None:
    assert [name for name in model().state_dict() if "pattern" in name] == []
