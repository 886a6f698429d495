"""Comparing a model with what `transformers` makes of the same folder: token ids, then logits."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tokenizers
import torch
from torch import nn

from quatrain.data.framing import Framing
from quatrain.data.tokenizers import Tokenizer
from quatrain.errors import ConversionError, MissingExtra
from quatrain.interop.families import family_of
from quatrain.interop.family import Family
from quatrain.interop.folder import end_of_text, read_json
from quatrain.interop.kind import Kind
from quatrain.models import ModelConfig
from quatrain.runs import RunFolder

TOLERANCE = 1e-4
"""Largest difference of two logits, as a share of the largest: float32 sums in another order."""

N_TEXTS, TEXT_LENGTH = 8, 16


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
    kind, config = _family(out).kind, run.model_config()
    for at in kind.vocabularies(config):
        tokenizer = Tokenizer.load(run.path / at.file, run.load_tokenizer().eos_token)
        _compare_ids(tokenizer, out / at.folder, adds_eos=kind.adds_eos)
        if kind.frames:
            _compare_frames(tokenizer, out / at.folder)
    return _compare_logits(kind, run.load_model(), out)


def verify_import(config: ModelConfig, model: nn.Module, contents: Mapping[str, str], folder: Path) -> float:
    """Compare an imported model with the folder it was made of; returns and raises as `verify_export`.

    Ids are compared where tokenizer_config.json tells `transformers` how to read tokenizer.json; without it,
    it guesses by the model's family.

    Args:
        contents: what `import_hf` made of the tokenizers.
    """
    family = _family(folder)
    for at in family.kind.vocabularies(config):
        if (folder / at.folder / "tokenizer_config.json").exists():
            backend = tokenizers.Tokenizer.from_str(contents[at.file])
            tokenizer = Tokenizer(backend, end_of_text(folder, family.end))
            _compare_ids(tokenizer, folder / at.folder, adds_eos=False)
            if family.kind.frames:
                _compare_frames(tokenizer, folder / at.folder)
    return _compare_logits(family.kind, model, folder)


def _family(folder: Path) -> Family[Any]:
    return family_of(read_json(folder / "config.json"), str(folder / "config.json"))


def _transformers() -> Any:
    if not has_transformers():
        raise MissingExtra("Comparing with transformers needs an extra package: pip install 'quatrain[hf]'")
    import transformers

    return transformers


def _loaded(auto_class: Any, folder: Path) -> Any:
    """Their model, without their progress bar, which would stand among what we say."""
    from transformers.utils import logging

    was_shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        return auto_class.from_pretrained(folder, dtype=torch.float32, local_files_only=True, use_safetensors=True)
    finally:
        if was_shown:
            logging.enable_progress_bar()


def _compare_logits(kind: Kind[Any], model: nn.Module, folder: Path) -> float:
    """The largest difference, in the logits' own units."""
    theirs = _loaded(getattr(_transformers(), kind.auto_class), folder)
    with torch.no_grad():
        logits, expected = kind.logits(model, theirs.eval(), torch.Generator().manual_seed(0))
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


def _compare_ids(tokenizer: Tokenizer, folder: Path, *, adds_eos: bool) -> None:
    """Texts of random ordinary tokens must have the same ids on both sides; theirs end where it `adds_eos`."""
    theirs = _transformers().AutoTokenizer.from_pretrained(folder, local_files_only=True)
    for text in _texts(tokenizer):
        mine, other = tokenizer.encode(text), theirs(text, add_special_tokens=adds_eos).input_ids
        if adds_eos:
            mine = [*mine, tokenizer.eos_id]
        _refuse_difference(folder, text, mine, other)


def _compare_frames(tokenizer: Tokenizer, folder: Path) -> None:
    """Pairs of such texts must have the same frame on both sides, and the same segments."""
    theirs, framing = _transformers().AutoTokenizer.from_pretrained(folder, local_files_only=True), Framing(tokenizer)
    texts = _texts(tokenizer)
    for text, second in zip(texts[::2], texts[1::2], strict=True):
        (alone,), (pair,) = framing.frame([text]), framing.frame([text], [second])
        _refuse_difference(folder, text, alone.tokens.tolist(), theirs(text).input_ids)
        other = theirs(text, second, return_token_type_ids=True)
        _refuse_difference(folder, f"{text} / {second}", pair.tokens.tolist(), other.input_ids)
        if "token_type_ids" in theirs.model_input_names:
            _refuse_difference(folder, f"{text} / {second}", pair.segments.tolist(), other.token_type_ids)


def _texts(tokenizer: Tokenizer) -> list[str]:
    """Texts of random ordinary tokens."""
    special = {i for i, token in tokenizer.backend.get_added_tokens_decoder().items() if token.special}
    ordinary = torch.tensor([i for i in range(tokenizer.vocab_size) if i not in special])
    generator = torch.Generator().manual_seed(0)
    drawn = (ordinary[torch.randint(len(ordinary), (TEXT_LENGTH,), generator=generator)] for _ in range(N_TEXTS))
    return [tokenizer.decode(tokens.tolist()) for tokens in drawn]


def _refuse_difference(folder: Path, text: str, mine: list[int], other: list[int]) -> None:
    if mine != other:
        raise ConversionError(
            f"{folder}: transformers gives {text!r} the ids {other}, Quatrain {mine}. Its tokenizer.json "
            "and tokenizer_config.json do not agree."
        )
