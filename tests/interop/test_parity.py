"""Imported models compute what `transformers` computes: logits and gradients, in float64."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForCausalLM

from quatrain.interop import FAMILIES, import_hf
from quatrain.interop.maps import to_theirs
from quatrain.models import CausalLM
from quatrain.runs import load_weights

from .conftest import VARIANTS, Save
from .sizes import VOCAB

EXACT = 1e-9
"""GPT-2 computes wholly in the type of its weights."""
FLOAT32_INSIDE = 1e-6
"""Llama, Mistral and Qwen3 keep rotary frequencies, sines and cosines, and the mean square of RMSNorm, in
float32 whatever the type of the weights."""


def tolerance(variant: str) -> float:
    return EXACT if variant.startswith("gpt2") else FLOAT32_INSIDE


@pytest.mark.parametrize("variant", VARIANTS)
def test_logits_and_gradients_are_those_of_transformers(variant: str, save: Save) -> None:
    folder = save(variant)
    config, weights, _ = import_hf(folder)
    ours = config.build()
    assert isinstance(ours, CausalLM)
    load_weights(ours, weights, folder)
    ours.double().eval()
    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(VOCAB, (2, 9), generator=generator)
    targets = torch.randint(VOCAB, (2, 9), generator=generator)

    logits, expected = ours(tokens), theirs(tokens).logits
    torch.testing.assert_close(logits, expected, rtol=0, atol=tolerance(variant) * float(expected.detach().abs().max()))

    for scores in (logits, expected):
        torch.nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten(), reduction="sum").backward()
    grads = {name: weight.grad for name, weight in ours.named_parameters()}
    family = FAMILIES[type(theirs).__name__]
    mapped = to_theirs(grads, family.key_map(config), family.kind.row_sizes(family.kind.shapes(config)))
    expected_grads = {name: weight.grad for name, weight in theirs.named_parameters()}
    assert mapped.keys() == expected_grads.keys()
    for name, grad in expected_grads.items():
        bound = 10 * tolerance(variant) * max(float(grad.abs().max()), 1.0)
        torch.testing.assert_close(mapped[name], grad, rtol=0, atol=bound, msg=lambda m, n=name: f"{n}: {m}")


@pytest.mark.parametrize("variant", ["gpt2", "qwen3", "mistral-window"])
def test_decoding_step_by_step_gives_the_logits_of_transformers(variant: str, save: Save) -> None:
    folder = save(variant)
    config, weights, _ = import_hf(folder)
    ours = config.build()
    load_weights(ours, weights, folder)
    ours.double().eval()
    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()
    tokens = torch.randint(VOCAB, (2, 10), generator=torch.Generator().manual_seed(2))
    state, parts = ours.init_state(2), []
    with torch.no_grad():
        expected = theirs(tokens).logits
        for chunk in tokens.split([4, 1, 5], dim=1):
            y, state = ours.advance(chunk, state)
            parts.append(y)
    bound = tolerance(variant) * float(expected.abs().max())
    torch.testing.assert_close(torch.cat(parts, dim=1), expected, rtol=0, atol=bound)


def test_padding_on_the_left_changes_no_logits_there_or_here(save: Save) -> None:
    folder = save("llama")
    config, weights, _ = import_hf(folder)
    ours = config.build()
    load_weights(ours, weights, folder)
    ours.double().eval()
    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()
    tokens = torch.randint(VOCAB, (2, 8), generator=torch.Generator().manual_seed(3))
    mask = torch.tensor([[False] * 3 + [True] * 5, [True] * 8])
    positions = (mask.long().cumsum(1) - 1).clamp(min=0)
    with torch.no_grad():
        expected = theirs(tokens, attention_mask=mask.long(), position_ids=positions).logits
        bound = FLOAT32_INSIDE * float(expected.abs().max())
        torch.testing.assert_close(ours(tokens, mask)[mask], expected[mask], rtol=0, atol=bound)
