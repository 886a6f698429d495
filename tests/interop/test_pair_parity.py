"""Imported encoder-decoders compute what `transformers` computes: memory, logits and gradients, in float64."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForSeq2SeqLM

from quatrain.interop import FAMILIES, import_hf
from quatrain.interop.maps import to_theirs
from quatrain.models import EncoderDecoder
from quatrain.runs import load_weights

from .conftest import Save
from .pairs import PAIR_VARIANTS, place_positions
from .sizes import VOCAB

EXACT = 1e-9
"""Marian and Pegasus compute wholly in the type of their weights."""
FLOAT32_INSIDE = 1e-6
"""T5 keeps the mean square of its norms in float32 whatever the type of the weights."""

SRC_MASK = torch.tensor([[True] * 11, [True] * 6 + [False] * 5, [True] * 9 + [False] * 2])


def tolerance(variant: str) -> float:
    return FLOAT32_INSIDE if variant.startswith("t5") else EXACT


def both(folder: Path) -> tuple[EncoderDecoder, Any]:
    """The model as we import it and as `transformers` opens it, in float64."""
    config, weights, _ = import_hf(folder)
    ours = config.build()
    assert isinstance(ours, EncoderDecoder)
    load_weights(ours, weights, folder)
    theirs = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float64).eval()
    if hasattr(theirs, "final_logits_bias"):
        place_positions(theirs)
    for part in theirs.modules():
        if isinstance(part, torch.nn.Embedding) and theirs.config.pad_token_id < ours.vocab_size:
            part.padding_idx = None  # which keeps a token from learning where it is read, not from being read
    return ours.double().eval(), theirs


def random_pairs(ours: EncoderDecoder, theirs: Any) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Sources (3, 11), targets as they are read and as they are to be predicted (3, 7)."""
    generator = torch.Generator().manual_seed(1)
    src = torch.randint(ours.src_vocab_size, (3, 11), generator=generator)
    text = torch.randint(ours.vocab_size, (3, 8), generator=generator)
    text[:, 0] = theirs.config.decoder_start_token_id
    return src, text[:, :-1], text[:, 1:]


def ends_first(tgt: torch.Tensor) -> torch.Tensor:
    """The same target as it is given to us: the end of text stands first."""
    return torch.cat([torch.zeros_like(tgt[:, :1]), tgt[:, 1:]], dim=1)


@pytest.mark.parametrize("variant", PAIR_VARIANTS)
def test_memory_logits_and_gradients_are_those_of_transformers(variant: str, save: Save) -> None:
    folder = save(variant)
    ours, theirs = both(folder)
    src, tgt, targets = random_pairs(ours, theirs)

    memory = ours.encode(src, SRC_MASK).vectors
    expected_memory = theirs.get_encoder()(input_ids=src, attention_mask=SRC_MASK.long()).last_hidden_state
    close(memory[SRC_MASK], expected_memory[SRC_MASK], variant)

    logits = ours(src, ends_first(tgt), SRC_MASK)
    expected = theirs(input_ids=src, attention_mask=SRC_MASK.long(), decoder_input_ids=tgt).logits
    expected = expected[..., : ours.vocab_size]
    close(logits, expected, variant)

    for scores in (logits, expected):
        scores.retain_grad()
        torch.nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten(), reduction="sum").backward()
    config = import_hf(folder)[0]
    family = FAMILIES[type(theirs).__name__]
    grads = {name: weight.grad for name, weight in ours.named_parameters()}
    mapped = to_theirs(grads, family.key_map(config), family.kind.row_sizes(family.kind.shapes(config)))
    expected_grads = {name: weight.grad for name, weight in theirs.named_parameters() if "embed_positions" not in name}
    if "final_logits_bias" in mapped:  # to them a constant: its gradient is that of the logits
        bias_grad = expected.grad.sum(dim=(0, 1))
        expected_grads["final_logits_bias"] = torch.nn.functional.pad(bias_grad, (0, VOCAB - len(bias_grad)))[None]
    assert mapped.keys() == expected_grads.keys()
    for name, grad in expected_grads.items():
        close(mapped[name], grad, variant, factor=10, name=name)


@pytest.mark.parametrize("variant", PAIR_VARIANTS)
def test_decoding_step_by_step_gives_the_logits_of_transformers(variant: str, save: Save) -> None:
    ours, theirs = both(save(variant))
    src, tgt, _ = random_pairs(ours, theirs)
    state, parts = ours.init_state(ours.encode(src, SRC_MASK)), []
    with torch.no_grad():
        expected = theirs(input_ids=src, attention_mask=SRC_MASK.long(), decoder_input_ids=tgt).logits
        for chunk in ends_first(tgt).split([1, 4, 2], dim=1):
            y, state = ours.advance(chunk, state)
            parts.append(y)
    close(torch.cat(parts, dim=1), expected[..., : ours.vocab_size], variant)


def close(mine: torch.Tensor, theirs: torch.Tensor, variant: str, factor: float = 1, name: str = "") -> None:
    bound = factor * tolerance(variant) * max(float(theirs.detach().abs().max()), 1.0)
    torch.testing.assert_close(mine, theirs, rtol=0, atol=bound, msg=lambda text: f"{name}: {text}")
