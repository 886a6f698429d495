"""Models between run folders and Hugging Face folders, complete or refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from quatrain import __version__
from quatrain.errors import ConversionError, RunError, suggest
from quatrain.interop.family import Family, row_sizes, settled, shapes
from quatrain.interop.folder import check_tokenizer, end_of_text, read_json, read_weights
from quatrain.interop.gpt2 import GPT2
from quatrain.interop.llama import LLAMA, MISTRAL, QWEN3
from quatrain.interop.maps import Weights, to_ours, to_theirs
from quatrain.interop.verify import has_transformers, verify_export, verify_import
from quatrain.mixers import AttentionConfig
from quatrain.models import CausalLMConfig, ModelConfig
from quatrain.models.presets import PRESETS
from quatrain.runs import RunFolder, load_weights, weights_of, write_json, write_tensors

FAMILIES: dict[str, Family] = {family.model_type: family for family in (GPT2, LLAMA, MISTRAL, QWEN3)}
"""Their `model_type` -> family; an export takes the first that can hold the model."""

Say = Callable[[str], None]


def import_hf(folder: Path) -> tuple[CausalLMConfig, Weights, Path]:
    """Config, weights (float32, our names) and the path of tokenizer.json of a Hugging Face folder.

    Weights stored as bfloat16 or float16 are widened, which loses nothing. Rates of dropout are left behind.

    Raises:
        ConversionError: a file is missing or damaged, the family is unknown, a setting or a weight cannot be
            carried over, or the tokenizer has no end-of-text token.
    """
    settings, source = read_json(folder / "config.json"), str(folder / "config.json")
    kind = str(settings.get("model_type"))
    if kind not in FAMILIES or "auto_map" in settings:
        own = "which brings code of its own" if "auto_map" in settings else "which cannot be imported"
        raise ConversionError(f"{source}: describes a model of type {kind!r}, {own}. {suggest(kind, FAMILIES)}")
    family = FAMILIES[kind]
    config = family.config(settings, source)
    check_tokenizer(folder / "tokenizer.json", config.vocab_size, end_of_text(folder))
    theirs = _whole_names(read_weights(folder), family.prefix)
    if config.tied:
        _drop_copied_head(theirs, family, source)
    needed = shapes(config)
    ours = to_ours(
        theirs,
        family.key_map,
        needed,
        row_sizes(needed),
        ignored=family.ignored_weights,
        source=str(folder),
    )
    return config, ours, folder / "tokenizer.json"


def import_folder(folder: Path, out: Path, say: Say) -> dict[str, Any]:
    """Write a run folder made of a Hugging Face folder; compared first, where `transformers` is installed.

    Args:
        say: told what was compared.
    Returns:
        run (its path), family, n_parameters, max_difference (of logits; None where nothing was compared).
    Raises:
        ConversionError: see `import_hf`; or logits or token ids differ from those of `transformers`.
        RunError: something stands at `out` already.
    """
    if (out / "config.json").exists():
        raise RunError(f"{out}: a run or model is here already. Choose another folder with --out.")
    config, weights, tokenizer = import_hf(folder)
    model = config.build().eval()
    load_weights(model, weights, folder)
    difference = None
    if has_transformers():
        difference = verify_import(model, folder)
        say(f"compared with transformers: logits differ by at most {difference:.1e}")
    else:
        say("transformers is not installed, so nothing was compared: pip install 'quatrain[hf]'")
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(tokenizer, out / "tokenizer.json")
    write_tensors(out / "model.safetensors", weights)
    RunFolder(out).write_config(config, __version__, end_of_text(folder))
    kind = str(read_json(folder / "config.json")["model_type"])
    n_parameters = sum(weight.numel() for weight in weights.values())
    return {"run": str(out), "family": kind, "n_parameters": n_parameters, "max_difference": difference}


def export_hf(run: RunFolder, out: Path) -> None:
    """Write a run as a folder that `AutoModelForCausalLM` and `AutoTokenizer` open without code of ours.

    Gains and biases that only the other family has are written as ones and zeros. In `transformers`, text
    that looks like the end-of-text token becomes that token; here it stays text.

    Raises:
        ConversionError: no family can hold this model (the message names what stands in the way), or
            something stands at `out` already.
    """
    family, config = expressible(run.model_config())
    if out.exists() and any(out.iterdir()):
        raise ConversionError(f"{out}: is not empty. Choose another folder with --out.")
    needed = shapes(config)
    weights = _completed(weights_of(run.load_model()), needed)
    theirs = to_theirs(weights, family.key_map, row_sizes(needed))
    tokenizer = run.load_tokenizer()
    ends = {"bos_token_id": tokenizer.eos_id, "eos_token_id": tokenizer.eos_id}
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(run.path / "tokenizer.json", out / "tokenizer.json")
    write_json(
        out / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": tokenizer.eos_token,
            "eos_token": tokenizer.eos_token,
            "clean_up_tokenization_spaces": False,
        }
        | ({} if config.max_seq_len is None else {"model_max_length": config.max_seq_len}),
    )
    write_json(out / "generation_config.json", ends)
    write_tensors(out / "model.safetensors", theirs)
    write_json(out / "config.json", family.settings(config) | ends)


def export_folder(run: RunFolder, out: Path, say: Say) -> dict[str, Any]:
    """Write a run as a Hugging Face folder, reload it with `transformers`, and compare.

    Args:
        say: told what was compared.
    Returns:
        run (the source's path), out, family, max_difference (of logits).
    Raises:
        ConversionError: see `export_hf` and `verify_export`.
        MissingExtra: `transformers` is not installed; the folder is written, unverified.
    """
    export_hf(run, out)
    difference = verify_export(run, out)
    say(f"reloaded with transformers: same token ids, logits differ by at most {difference:.1e}")
    kind = str(read_json(out / "config.json")["model_type"])
    return {"run": str(run.path), "out": str(out), "family": kind, "max_difference": difference}


def expressible(config: ModelConfig) -> tuple[Family, CausalLMConfig]:
    """The family that can hold a model, and the model's config as the family spells it.

    Raises:
        ConversionError: none can; names what stands in the way and the presets that can be exported.
    """
    if not isinstance(config, CausalLMConfig) or not isinstance(config.mixer, AttentionConfig):
        what = config.mixer.kind if isinstance(config, CausalLMConfig) else config.kind
        raise ConversionError(f"No Hugging Face family can hold a model of kind {what!r}. {_advice()}")
    plain = settled(config)
    obstacles = {family.model_type: family.obstacles(plain) for family in FAMILIES.values()}
    nearest = min(obstacles, key=lambda kind: len(obstacles[kind]))
    if obstacles[nearest]:
        raise ConversionError(
            f"No Hugging Face family can hold this model; nearest is {nearest}, but "
            f"{'; '.join(obstacles[nearest])}. {_advice()}"
        )
    family = FAMILIES[nearest]
    return family, family.config(family.settings(plain), nearest)


def _advice() -> str:
    able = [
        word
        for word, preset in PRESETS.items()
        if any(not family.obstacles(settled(preset(9, 8, 1, 2, 8))) for family in FAMILIES.values())
    ]
    return f"Presets that can be exported: {', '.join(able)}. Try: quatrain train DATA --model {able[-1]}."


def _drop_copied_head(theirs: Weights, family: Family, source: str) -> None:
    """Take out the head some files keep beside the embedding it shares."""
    (embedding,) = family.key_map["embedding.table.weight"].names
    head = theirs.pop("lm_head.weight", None)
    if head is not None and embedding in theirs and not torch.equal(head, theirs[embedding]):
        raise ConversionError(
            f"{source}: says tie_word_embeddings=true, but the stored lm_head.weight differs from {embedding}. "
            "Set it to false if the model was trained so."
        )


def _completed(weights: Weights, needed: Mapping[str, tuple[int, ...]]) -> Weights:
    """The weights with gains of one and biases of zero where the run has none: they change nothing."""
    missing = [name for name in needed if name not in weights]
    return weights | {name: torch.full(needed[name], 1.0 - name.endswith("bias")) for name in missing}


def _whole_names(theirs: Weights, prefix: str) -> Weights:
    """Names as the causal model has them; files of the bare model leave the prefix out."""
    if any(name.startswith(prefix) for name in theirs):
        return theirs
    return {name if name.startswith("lm_head.") else prefix + name: tensor for name, tensor in theirs.items()}
