"""Imported encoders compute what `transformers` computes: vectors, logits and gradients, in float64."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file

from quatrain.interop import FAMILIES, import_hf
from quatrain.interop.maps import to_theirs
from quatrain.runs import load_weights

from .encoders import ENCODER_VARIANTS, SaveEncoder

EXACT = 1e-9
"""All four compute wholly in the type of their weights."""


def both(folder: Path) -> tuple[Any, Any, Any]:
    """Our config, the model as we import it and as `transformers` opens it, in float64."""
    config, weights, _ = import_hf(folder)
    ours = config.build()
    load_weights(ours, weights, folder)
    (name,) = transformers.AutoConfig.from_pretrained(folder).architectures
    plain = {"add_pooling_layer": config.pooler} if name in ("BertModel", "RobertaModel", "ViTModel") else {}
    theirs = getattr(transformers, name).from_pretrained(folder, dtype=torch.float64, **plain)
    theirs.get_input_embeddings().padding_idx = None  # which keeps a token from learning, not from being read
    return config, ours.double().eval(), theirs.eval()


@pytest.mark.parametrize("variant", ENCODER_VARIANTS)
def test_answers_and_gradients_are_those_of_transformers(variant: str, save_encoder: SaveEncoder) -> None:
    folder = save_encoder(variant)
    config, ours, theirs = both(folder)
    family = FAMILIES[type(theirs).__name__]
    generator = torch.Generator().manual_seed(1)
    inputs, named = family.kind.draw(ours.backbone, theirs, generator)

    body, real = getattr(theirs, theirs.base_model_prefix, theirs), inputs[1] if len(inputs) > 1 else ...
    close(ours.backbone(*inputs).vectors[real], body(**named).last_hidden_state[real])

    answers, expected = family.kind.answers(ours, inputs, theirs(**named))
    close(answers, expected)

    weights = torch.linspace(-1, 2, answers.numel(), dtype=torch.float64).view_as(answers)
    for part in (answers, expected):
        (part.tanh() * weights).sum().backward()
    shapes = family.kind.shapes(config)
    grads = {name: weight.grad for name, weight in ours.named_parameters()}
    mapped = to_theirs(grads, family.key_map(config), family.kind.row_sizes(shapes))
    expected_grads = as_stored(theirs, folder.with_name("grads"))
    assert mapped.keys() == expected_grads.keys()
    for name, grad in expected_grads.items():
        close(mapped[name], grad, factor=10, name=name)


def as_stored(theirs: Any, folder: Path) -> dict[str, torch.Tensor]:
    """The gradients of a model under the names its weights have in a file, which some have in memory no more."""
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.copy_(weight.grad)
    theirs.save_pretrained(folder)
    return load_file(folder / "model.safetensors")


def close(mine: torch.Tensor, theirs: torch.Tensor, factor: float = 1, name: str = "") -> None:
    bound = factor * EXACT * max(float(theirs.detach().abs().max()), 1.0)
    torch.testing.assert_close(mine, theirs, rtol=0, atol=bound, msg=lambda text: f"{name}: {text}")
