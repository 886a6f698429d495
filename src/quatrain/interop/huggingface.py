"""Models between run folders and Hugging Face folders, complete or refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from quatrain import __version__
from quatrain.data.framing import Framing
from quatrain.errors import ConversionError, RunError
from quatrain.interop.families import expressible, family_of
from quatrain.interop.folder import end_of_text, read_json, read_weights
from quatrain.interop.maps import Weights, to_ours, to_theirs
from quatrain.interop.tokenizers import read_tokenizer, write_tokenizers
from quatrain.interop.verify import has_transformers, verify_export, verify_import
from quatrain.models import ModelConfig
from quatrain.runs import RunFolder, load_weights, weights_of, write_json, write_tensors

Say = Callable[[str], None]

OLD_NORM, NEW_NORM = re.compile(r"(?<=LayerNorm\.)(gamma|beta)$"), {"gamma": "weight", "beta": "bias"}


def import_hf(folder: Path) -> tuple[ModelConfig, Weights, dict[str, str]]:
    """Config, weights (float32, our names) and tokenizers (name in a run -> content) of a Hugging Face folder.

    Weights stored as bfloat16 or float16 are widened, which loses nothing. Rates of dropout are left behind.

    Raises:
        ConversionError: a file is missing or damaged, the family is unknown, a setting or a weight cannot be
            carried over, or the tokenizer has no end-of-text token.
    """
    settings, source = read_json(folder / "config.json"), str(folder / "config.json")
    family = family_of(settings, source)
    kind = family.kind
    if kind.side_words and (folder / kind.side_file).exists():
        beside = read_json(folder / kind.side_file)
        settings |= {word: beside[word] for word in kind.side_words if word in beside}
    theirs = _whole_names(read_weights(folder, family.kind.auto_class), family.prefix)
    config = family.config(settings, source, theirs)
    end = end_of_text(folder, family.end)
    tokenizers = {at.file: read_tokenizer(folder, at, end) for at in family.kind.vocabularies(config)}
    _drop_copies(theirs, family.copies(config), source)
    _drop_constants(theirs, family.constants(config), str(folder))
    needed = family.kind.shapes(config)
    ours = to_ours(
        theirs,
        family.key_map(config),
        needed,
        family.kind.row_sizes(needed),
        ignored=family.ignored_weights,
        source=str(folder),
    )
    return config, ours, tokenizers


def import_folder(folder: Path, out: Path, say: Say) -> dict[str, Any]:
    """Write a run folder made of a Hugging Face folder; compared first, where `transformers` is installed.

    Args:
        say: told what was compared.
    Returns:
        run (its path), family, architecture, n_parameters, max_difference (of logits; None where nothing was
        compared).
    Raises:
        ConversionError: see `import_hf`; or logits or token ids differ from those of `transformers`.
        RunError: something stands at `out` already.
    """
    if (out / "config.json").exists():
        raise RunError(f"{out}: a run or model is here already. Choose another folder with --out.")
    config, weights, tokenizers = import_hf(folder)
    model = config.build().eval()
    load_weights(model, weights, folder)
    difference = None
    if has_transformers():
        difference = verify_import(config, model, tokenizers, folder)
        say(f"compared with transformers: logits differ by at most {difference:.1e}")
    else:
        say("transformers is not installed, so nothing was compared: pip install 'quatrain[hf]'")
    out.mkdir(parents=True, exist_ok=True)
    for file, content in tokenizers.items():
        (out / file).write_text(content, encoding="utf-8")
    write_tensors(out / "model.safetensors", weights)
    settings = read_json(folder / "config.json")
    family = family_of(settings, str(folder / "config.json"))
    RunFolder(out).write_config(config, __version__, end_of_text(folder, family.end), family.kind.task)
    return {
        "run": str(out),
        "family": family.model_type,
        "architecture": family.architecture,
        "n_parameters": sum(weight.numel() for weight in weights.values()),
        "max_difference": difference,
    }


def export_hf(run: RunFolder, out: Path) -> list[str]:
    """Write a run as a folder that `transformers` opens without code of ours.

    Gains and biases that only the other family has are written as ones and zeros. In `transformers`, text
    that looks like the end-of-text token becomes that token; here it stays text.

    Returns:
        What someone who goes on with the folder should be told.
    Raises:
        ConversionError: no family can hold this model (the message names what stands in the way), or
            something stands at `out` already.
    """
    tokenizer = run.load_tokenizer() if (run.path / "tokenizer.json").exists() else None
    family, config = expressible(run.model_config(), None if tokenizer is None else Framing(tokenizer).pad_id)
    if out.exists() and any(out.iterdir()):
        raise ConversionError(f"{out}: is not empty. Choose another folder with --out.")
    needed = family.kind.shapes(config)
    weights = _completed(weights_of(run.load_model()), needed)
    theirs = to_theirs(weights, family.key_map(config), family.kind.row_sizes(needed))
    if family.stores_constants:
        theirs |= family.constants(config)
    out.mkdir(parents=True, exist_ok=True)
    write_tokenizers(run, family.kind, config, out)
    if beside := family.kind.side_settings(config, -1 if tokenizer is None else tokenizer.eos_id):
        write_json(out / family.kind.side_file, beside)
    write_tensors(out / "model.safetensors", theirs)
    about_tokens = {} if tokenizer is None else family.kind.token_settings(config, tokenizer)
    write_json(out / "config.json", family.settings(config) | about_tokens)
    return family.remarks(config)


def export_folder(run: RunFolder, out: Path, say: Say) -> dict[str, Any]:
    """Write a run as a Hugging Face folder, reload it with `transformers`, and compare.

    Args:
        say: told what was compared, and what to know of the folder.
    Returns:
        run (the source's path), out, family, architecture, max_difference (of logits).
    Raises:
        ConversionError: see `export_hf` and `verify_export`.
        MissingExtra: `transformers` is not installed; the folder is written, unverified.
    """
    remarks = export_hf(run, out)
    difference = verify_export(run, out)
    say(f"reloaded with transformers: same token ids, logits differ by at most {difference:.1e}")
    for remark in remarks:
        say(remark)
    written = read_json(out / "config.json")
    about = {"family": written["model_type"], "architecture": written["architectures"][0]}
    return {"run": str(run.path), "out": str(out), **about, "max_difference": difference}


def _drop_copies(theirs: Weights, copies: Mapping[str, str], source: str) -> None:
    """Take out what some files keep beside the tensor it is."""
    for name, original in copies.items():
        copy = theirs.pop(name, None)
        if copy is not None and original in theirs and not torch.equal(copy, theirs[original]):
            raise ConversionError(
                f"{source}: says that they are one table, but the stored {name} differs from {original}. "
                "Set tie_word_embeddings to false if the model was trained so."
            )


def _drop_constants(theirs: Weights, constants: Mapping[str, torch.Tensor], source: str) -> None:
    """Take out what some files keep although it is computed."""
    for name, value in constants.items():
        stored = theirs.pop(name, None)
        if stored is not None and not (stored.shape == value.shape and torch.allclose(stored, value, atol=1e-5)):
            raise ConversionError(
                f"{source}: {name} is not what this family computes; Quatrain computes it anew and cannot take another."
            )


def _completed(weights: Weights, needed: Mapping[str, tuple[int, ...]]) -> Weights:
    """The weights with gains of one and biases of zero where the run has none: they change nothing."""
    missing = [name for name in needed if name not in weights]
    return weights | {name: torch.full(needed[name], 1.0 - name.endswith("bias")) for name in missing}


def _whole_names(theirs: Weights, prefix: str) -> Weights:
    """Names as the whole model has them today: files of the bare model leave the prefix out, old ones call the parts of
    a norm gamma and beta.
    """
    theirs = {OLD_NORM.sub(lambda part: NEW_NORM[part[1]], name): tensor for name, tensor in theirs.items()}
    if any(name.startswith(prefix) for name in theirs):
        return theirs
    return {name if name.startswith("lm_head.") else prefix + name: tensor for name, tensor in theirs.items()}
