"""What cannot be carried over is refused by name, with what to type next."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from quatrain import interop
from quatrain.errors import ConversionError, MissingExtra, RunError
from quatrain.layers.embedding import EmbeddingConfig, NGramEmbeddingConfig
from quatrain.layers.norms import BatchNormConfig
from quatrain.mixers import AttentionConfig
from quatrain.models import CausalLMConfig
from quatrain.models.presets import PRESETS
from quatrain.positions import AlibiConfig, RotaryConfig, SinusoidalConfig
from quatrain.runs import RunFolder

from .conftest import Save
from .sizes import VOCAB

MakeRun = Callable[[CausalLMConfig], RunFolder]


def quiet(line: str) -> None:
    pass


def edit(folder: Path, **changes: Any) -> None:
    """Change keys of config.json; a key set to ... is deleted."""
    file = folder / "config.json"
    values = json.loads(file.read_text()) | changes
    file.write_text(json.dumps({name: value for name, value in values.items() if value is not ...}))


def change_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    file = folder / "model.safetensors"
    weights = load_file(file)
    change(weights)
    save_file(weights, file, metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("variant", "changes", "message"),
    [
        ("gpt2", {"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx=True changes"),
        ("gpt2", {"scale_attn_weights": False}, "scale_attn_weights=False changes"),
        ("gpt2", {"add_cross_attention": True}, "add_cross_attention=True changes"),
        ("gpt2", {"activation_function": "mish"}, "activation_function='mish' changes .* gelu_tanh, relu"),
        ("gpt2", {"n_embd": ...}, "n_embd is not given"),
        ("gpt2", {"n_layer": "2"}, "n_layer='2' should be of type int"),
        ("gpt2", {"n_head": 5}, "these settings fit no model: n_heads=5 does not divide d_model=12"),
        ("gpt2", {"quantization_config": {"bits": 4}}, "no translation is known for quantization_config"),
        ("llama", {"rope_parameters": {"rope_type": "llama3", "factor": 8.0}}, "rope_type='llama3' changes"),
        ("llama", {"rope_scaling": {"type": "linear", "factor": 2.0}}, "rope: type='linear' changes"),
        ("llama", {"rope_theta": 77.0}, "rope_theta=77 beside rope_parameters.rope_theta=10000"),
        ("llama", {"partial_rotary_factor": 0.5}, "partial_rotary_factor=0.5 changes"),
        ("llama", {"num_attention_heads": 5}, "n_kv_heads=2 must divide n_heads=5"),
        ("llama", {"model_type": "lama"}, "of type 'lama', which cannot be imported. Did you mean 'llama'"),
        ("llama", {"auto_map": {"AutoModel": "x.Y"}}, "which brings code of its own"),
        ("mistral", {"sliding_window": ...}, "sliding_window changes .* write null for none"),
        (
            "qwen3",
            {"layer_types": ["full_attention", "sliding_attention"]},
            "full_attention and sliding_attent",
        ),
    ],
)
def test_a_setting_we_have_no_part_for_is_named(
    variant: str, changes: dict[str, Any], message: str, save: Save
) -> None:
    folder = save(variant)
    edit(folder, **changes)
    with pytest.raises(ConversionError, match=message):
        interop.import_hf(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.pop("model.norm.weight"), r"Missing: model\.norm\.weight\."),
        (lambda w: w.update({"model.extra": torch.ones(2)}), r"Not known: model\.extra\."),
        (
            lambda w: w.update({"model.layers.0.self_attn.k_proj.weight": torch.ones(7, 24)}),
            r"k_proj\.weight is \(7, 24\) and should be \(8, 24\)\.",
        ),
        (lambda w: w.update({"model.norm.weight": torch.ones(24).double()}), "stored as float64"),
    ],
    ids=["missing", "unknown", "misshapen", "double"],
)
def test_every_weight_is_accounted_for(change: Any, message: str, save: Save) -> None:
    folder = save("llama")
    change_weights(folder, change)
    with pytest.raises(ConversionError, match=message):
        interop.import_hf(folder)


def test_constants_that_old_files_store_are_ignored(save: Save) -> None:
    folder = save("gpt2")
    before = interop.import_hf(folder)[1]
    change_weights(folder, lambda w: w.update({"transformer.h.0.attn.bias": torch.ones(1, 1, 11, 11).byte()}))
    assert interop.import_hf(folder)[1].keys() == before.keys()


def test_a_tied_head_must_equal_the_embedding(save: Save) -> None:
    folder = save("gpt2")
    table = load_file(folder / "model.safetensors")["transformer.wte.weight"]
    change_weights(folder, lambda w: w.update({"lm_head.weight": table.clone()}))
    interop.import_hf(folder)
    change_weights(folder, lambda w: w.update({"lm_head.weight": table + 1}))
    with pytest.raises(ConversionError, match=r"lm_head\.weight differs from transformer\.wte\.weight"):
        interop.import_hf(folder)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("config.json", "config.json: there is no such file"),
        ("model.safetensors", r"AutoModelForCausalLM.from_pretrained\(FOLDER\).save_pretrained"),
        ("tokenizer.json", r"AutoTokenizer.from_pretrained\(FOLDER\).save_pretrained"),
    ],
)
def test_a_missing_file_is_named_with_how_to_write_it(file: str, message: str, save: Save) -> None:
    folder = save("gpt2")
    (folder / file).unlink()
    with pytest.raises(ConversionError, match=message):
        interop.import_hf(folder)


def test_pickled_weights_are_not_opened(save: Save) -> None:
    folder = save("gpt2")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ConversionError, match="Only pickled weights lie beside it, which could run any code"):
        interop.import_hf(folder)


def test_damaged_weights_are_named(save: Save) -> None:
    folder = save("gpt2")
    (folder / "model.safetensors").write_bytes(b"no tensors")
    with pytest.raises(ConversionError, match=r"model\.safetensors: damaged"):
        interop.import_hf(folder)


def test_a_shard_that_is_missing_is_named(save: Save) -> None:
    folder = save("llama", max_shard_size="4KB")
    shard = sorted(folder.glob("*.safetensors"))[1]
    shard.unlink()
    with pytest.raises(ConversionError, match=shard.name):
        interop.import_hf(folder)


def test_a_tokenizer_without_an_end_of_text_says_which_special_tokens_it_has(save: Save) -> None:
    folder = save("gpt2")
    file = folder / "tokenizer.json"
    file.write_text(file.read_text().replace("<|endoftext|>", "</s>"))
    with pytest.raises(ConversionError, match=r"no token '<\|endoftext\|>'.*its special tokens are </s>"):
        interop.import_hf(folder)


def test_the_end_of_text_may_have_another_name(save: Save, tmp_path: Path) -> None:
    folder = save("gpt2")
    file = folder / "tokenizer.json"
    file.write_text(file.read_text().replace("<|endoftext|>", "</s>"))
    settings = '{"eos_token": "</s>", "tokenizer_class": "PreTrainedTokenizerFast"}'
    (folder / "tokenizer_config.json").write_text(settings)
    interop.import_folder(folder, tmp_path / "run", lambda line: None)
    tokenizer = RunFolder.open(tmp_path / "run").load_tokenizer()
    assert tokenizer.eos_token == "</s>"
    interop.export_folder(RunFolder(tmp_path / "run"), tmp_path / "back", lambda line: None)
    assert '"eos_token": "</s>"' in (tmp_path / "back" / "tokenizer_config.json").read_text()


def test_a_tokenizer_larger_than_the_model_is_refused(save: Save) -> None:
    folder = save("gpt2")
    edit(folder, vocab_size=VOCAB - 5)
    with pytest.raises(ConversionError, match=f"has 30 tokens and the model knows {VOCAB - 5}"):
        interop.import_hf(folder)


def test_import_does_not_write_over_a_run(save: Save, tmp_path: Path) -> None:
    folder = save("gpt2")
    interop.import_folder(folder, tmp_path / "run", quiet)
    with pytest.raises(RunError, match="is here already"):
        interop.import_folder(folder, tmp_path / "run", quiet)


def base(**changes: Any) -> CausalLMConfig:
    return PRESETS["qwen3"](VOCAB, 12, 2, 3, 11).replace(**changes)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (base(norm_place="post"), "norm_place is post"),
        (base(embedding=EmbeddingConfig(scale=2.0)), r"embedding\.scale is 2\.0 \(qwen3: 1\.0\)"),
        (base(embedding=NGramEmbeddingConfig()), r"embedding is ngram \(qwen3: token\)"),
        (PRESETS["modern"](VOCAB, 12, 2, 3, 11), "embedding is ngram"),
        (base(norm=BatchNormConfig()), "norm is batchnorm"),
        (base(position=SinusoidalConfig()), "position is sinusoidal"),
        (base(mixer=AttentionConfig(n_heads=3, position=AlibiConfig())), "mixer.position is alibi"),
        (base(mixer=AttentionConfig(n_heads=3, position=RotaryConfig(fraction=0.5))), "fraction is 0.5"),
        (base(mixer=AttentionConfig(n_heads=3, hard=True)), "mixer.hard is True"),
    ],
    ids=[
        "post",
        "scale",
        "ngram",
        "modern",
        "batchnorm",
        "sinusoidal",
        "alibi",
        "fraction",
        "hard",
    ],
)
def test_a_model_no_family_can_hold_is_refused_by_what_stands_in_the_way(
    config: CausalLMConfig, message: str, make_run: MakeRun, tmp_path: Path
) -> None:
    with pytest.raises(ConversionError, match=message) as error:
        interop.export_hf(make_run(config), tmp_path / "out")
    assert "Presets that can be exported: gpt2, llama, qwen3. Try: quatrain train DATA --model" in str(error.value)
    assert not (tmp_path / "out").exists()


def test_export_does_not_write_over_anything(make_run: MakeRun) -> None:
    run = make_run(base())
    with pytest.raises(ConversionError, match=r"is not empty. Choose another folder with --out"):
        interop.export_hf(run, run.path)


def test_without_transformers_export_says_what_to_install(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quatrain.interop.verify.has_transformers", lambda: False)
    with pytest.raises(MissingExtra, match=r"pip install 'quatrain\[hf\]'"):
        interop.export_folder(make_run(base()), tmp_path / "out", quiet)


def test_without_transformers_import_says_that_nothing_was_compared(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quatrain.interop.huggingface.has_transformers", lambda: False)
    told: list[str] = []
    outcome = interop.import_folder(save("gpt2"), tmp_path / "run", told.append)
    assert outcome["max_difference"] is None
    assert "nothing was compared: pip install 'quatrain[hf]'" in told[0]
