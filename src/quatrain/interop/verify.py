"""Comparing a model with what `transformers` makes of the same folder: token ids, then logits."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import torch

from quatrain.data.tokenizers import Tokenizer
from quatrain.errors import ConversionError, MissingExtra
from quatrain.interop.folder import end_of_text
from quatrain.models import SequenceModel
from quatrain.runs import RunFolder

TOLERANCE = 1e-4
"""Largest difference of two logits, as a share of the largest: float32 sums in another order."""

ROWS, MOST_POSITIONS, N_TEXTS, TEXT_LENGTH = 2, 64, 8, 16


def has_transformers() -> bool:
    """Whether `transformers` is installed."""
    return importlib.util.find_spec("transformers") is not None


def verify_export(run: RunFolder, out: Path) -> float:
    """Reload an exported folder with `transformers` and compare it with its run.

    Args:
        run: the source.
        out: what `export_hf` wrote.
    Returns:
        The largest difference of two logits, on random tokens in float32.
    Raises:
        ConversionError: token ids differ, or logits by more than 1e-4 of the largest.
        MissingExtra: `transformers` is not installed.
    """
    _compare_ids(run.load_tokenizer(), out)
    return _compare_logits(run.load_model(), out)


def verify_import(model: SequenceModel, folder: Path) -> float:
    """Compare an imported model with the folder it was made of; returns and raises as `verify_export`.

    Ids are compared where tokenizer_config.json tells `transformers` how to read tokenizer.json; without it,
    it guesses by the model's family.
    """
    if (folder / "tokenizer_config.json").exists():
        _compare_ids(Tokenizer.load(folder / "tokenizer.json", end_of_text(folder)), folder)
    return _compare_logits(model, folder)


def _transformers() -> Any:
    if not has_transformers():
        raise MissingExtra("Comparing with transformers needs an extra package: pip install 'quatrain[hf]'")
    import transformers

    return transformers


def _compare_logits(model: SequenceModel, folder: Path) -> float:
    """The largest difference, in the logits' own units."""
    theirs = _transformers().AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, use_safetensors=True
    )
    seq_len = min(model.max_seq_len or MOST_POSITIONS, MOST_POSITIONS)
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(model.vocab_size, (ROWS, seq_len), generator=generator)
    with torch.no_grad():
        logits, expected = model(tokens), theirs.eval()(tokens).logits
    if logits.shape != expected.shape:
        raise ConversionError(
            f"{folder}: transformers gives logits {tuple(expected.shape)}, Quatrain {tuple(logits.shape)}."
        )
    difference, most = float((logits - expected).abs().max()), float(expected.abs().max())
    if not difference <= TOLERANCE * max(most, 1.0):  # not-a-number fails too
        raise ConversionError(
            f"{folder}: transformers computes other logits than Quatrain, by up to {difference:.1e} where the "
            f"largest is {most:.1e}. Do not use one for the other; please report config.json."
        )
    return difference


def _compare_ids(tokenizer: Tokenizer, folder: Path) -> None:
    """Texts of random ordinary tokens must have the same ids on both sides."""
    theirs = _transformers().AutoTokenizer.from_pretrained(folder, local_files_only=True)
    special = {i for i, token in tokenizer.backend.get_added_tokens_decoder().items() if token.special}
    ordinary = torch.tensor([i for i in range(tokenizer.vocab_size) if i not in special])
    generator = torch.Generator().manual_seed(0)
    for _ in range(N_TEXTS):
        drawn = ordinary[torch.randint(len(ordinary), (TEXT_LENGTH,), generator=generator)]
        text = tokenizer.decode(drawn.tolist())
        mine, other = tokenizer.encode(text), theirs(text, add_special_tokens=False).input_ids
        if mine != other:
            raise ConversionError(
                f"{folder}: transformers gives {text!r} the ids {other}, Quatrain {mine}. Its tokenizer.json "
                "and tokenizer_config.json do not agree."
            )
