"""There and back: what is exported opens in `transformers`, and nothing changes on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from quatrain import interop
from quatrain.data.config import TokenizerConfig
from quatrain.data.tokenizers import Tokenizer
from quatrain.errors import ConversionError
from quatrain.interop.language import LANGUAGE
from quatrain.layers.norms import LayerNormConfig, RMSNormConfig
from quatrain.mixers.scores import NormedScoreConfig
from quatrain.models import CausalLMConfig
from quatrain.models.presets import PRESETS
from quatrain.runs import RunFolder

from .conftest import VARIANTS, Save
from .sizes import END, LETTERS, VOCAB

MakeRun = Callable[[CausalLMConfig], RunFolder]


def quiet(line: str) -> None:
    pass


def preset(name: str) -> CausalLMConfig:
    return PRESETS[name](VOCAB, 12, 2, 3, 11)


@pytest.mark.parametrize("name", ["gpt2", "llama", "qwen3"])
def test_an_exported_preset_opens_with_equal_logits_and_ids(name: str, make_run: MakeRun, tmp_path: Path) -> None:
    run, out = make_run(preset(name)), tmp_path / "out"
    told: list[str] = []
    outcome = interop.export_folder(run, out, told.append)
    assert outcome["family"] == name
    assert outcome["max_difference"] < 1e-4
    assert len(told) == 1
    theirs = AutoModelForCausalLM.from_pretrained(out).eval()
    tokens = torch.randint(VOCAB, (2, 7), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(theirs(tokens).logits, run.load_model()(tokens), rtol=1e-4, atol=1e-4)
    tokenizer = AutoTokenizer.from_pretrained(out)
    assert tokenizer("some words, and more.").input_ids == run.load_tokenizer().encode("some words, and more.")
    assert tokenizer.eos_token == END
    assert tokenizer.eos_token_id == theirs.generation_config.eos_token_id == 0


@pytest.mark.parametrize("name", ["gpt2", "llama", "qwen3"])
def test_export_then_import_gives_the_same_bytes_and_config(name: str, make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(preset(name))
    interop.export_hf(run, tmp_path / "out")
    outcome = interop.import_folder(tmp_path / "out", tmp_path / "back", quiet)
    back = RunFolder.open(tmp_path / "back")
    assert outcome["run"] == str(back.path)
    assert outcome["n_parameters"] == sum(weight.numel() for weight in load_file(run.weights_path).values())
    for file in ("model.safetensors", "tokenizer.json"):
        assert (back.path / file).read_bytes() == (run.path / file).read_bytes(), file
    assert back.model_config() == LANGUAGE.settled(preset(name))


@pytest.mark.parametrize("variant", VARIANTS)
def test_import_then_export_gives_the_same_file_of_weights(variant: str, save: Save, tmp_path: Path) -> None:
    folder = save(variant)
    interop.import_folder(folder, tmp_path / "run", quiet)
    interop.export_hf(RunFolder.open(tmp_path / "run"), tmp_path / "out")
    before, after = load_file(folder / "model.safetensors"), load_file(tmp_path / "out" / "model.safetensors")
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert (tmp_path / "out" / "tokenizer.json").read_bytes() == (folder / "tokenizer.json").read_bytes()
    first, second = (interop.import_hf(place)[0] for place in (folder, tmp_path / "out"))
    assert first == second


def test_the_exported_config_has_both_spellings_of_the_rotary_base(make_run: MakeRun, tmp_path: Path) -> None:
    interop.export_hf(make_run(preset("qwen3")), tmp_path / "out")
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["rope_parameters"] == {"rope_type": "default", "rope_theta": 1_000_000.0}
    assert config["rope_theta"] == 1_000_000.0


def test_gains_and_biases_a_family_insists_on_are_written_as_ones_and_zeros(make_run: MakeRun, tmp_path: Path) -> None:
    base = preset("gpt2")
    assert isinstance(base.norm, LayerNormConfig)
    plain = base.replace(
        norm=base.norm.replace(bias=False),
        ffn=base.ffn.replace(bias=False),
        mixer=base.mixer.replace(bias=False),
    )
    assert interop.export_folder(make_run(plain), tmp_path / "out", quiet)["family"] == "gpt2"
    weights = load_file(tmp_path / "out" / "model.safetensors")
    assert not weights["transformer.h.0.attn.c_attn.bias"].any()
    assert not weights["transformer.ln_f.bias"].any()


def test_norms_without_gains_are_exported_as_qwen3(make_run: MakeRun, tmp_path: Path) -> None:
    base = preset("qwen3")
    plain = base.replace(
        norm=RMSNormConfig(affine=False),
        mixer=base.mixer.replace(score=NormedScoreConfig(norm=RMSNormConfig(affine=False))),
    )
    assert interop.export_folder(make_run(plain), tmp_path / "out", quiet)["family"] == "qwen3"
    weights = load_file(tmp_path / "out" / "model.safetensors")
    assert torch.equal(weights["model.layers.1.self_attn.k_norm.weight"], torch.ones(4))


def test_a_window_over_plain_scores_is_exported_as_mistral(make_run: MakeRun, tmp_path: Path) -> None:
    base = preset("llama")
    windowed = base.replace(mixer=base.mixer.replace(window=3))
    assert interop.export_folder(make_run(windowed), tmp_path / "out", quiet)["family"] == "mistral"


def test_no_bound_on_the_length_survives(make_run: MakeRun, tmp_path: Path) -> None:
    interop.export_folder(make_run(preset("llama").replace(max_seq_len=None)), tmp_path / "out", quiet)
    assert interop.import_hf(tmp_path / "out")[0].max_seq_len is None


def test_sharded_weights_are_read_as_one(save: Save) -> None:
    whole = interop.import_hf(save("llama"))[1]
    shards = save("llama", "shards", max_shard_size="4KB")
    assert len(list(shards.glob("*.safetensors"))) > 1
    read = interop.import_hf(shards)[1]
    assert whole.keys() == read.keys()
    assert all(torch.equal(whole[name], read[name]) for name in whole)


def test_half_precision_is_widened_without_loss(save: Save) -> None:
    folder = save("gpt2")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    weights = interop.import_hf(folder)[1]
    assert {weight.dtype for weight in weights.values()} == {torch.float32}
    assert torch.equal(weights["embedding.table.weight"], model.transformer.wte.weight.float())


def test_ids_that_transformers_reads_otherwise_stop_an_import(save: Save, tmp_path: Path) -> None:
    folder = save("gpt2")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "GPT2Tokenizer"}))
    with pytest.raises(ConversionError, match=r"tokenizer\.json and tokenizer_config\.json do not agree"):
        interop.import_folder(folder, tmp_path / "run", quiet)
    assert not (tmp_path / "run").exists()


def test_a_file_of_the_bare_model_is_read_too(save: Save) -> None:
    folder = save("gpt2")
    whole = interop.import_hf(folder)[1]
    AutoModelForCausalLM.from_pretrained(folder).transformer.save_pretrained(folder)
    bare = interop.import_hf(folder)[1]
    assert whole.keys() == bare.keys()
    assert all(torch.equal(whole[name], bare[name]) for name in whole)


@pytest.mark.parametrize("kind", ["char", "byte", "bpe", "unigram", "wordpiece", "word"])
def test_every_kind_of_tokenizer_has_equal_ids(kind: str, make_run: MakeRun, tmp_path: Path) -> None:
    text = "Some words, é and more:\n\n  some\tmore words 😀. "
    vocab_size = 300 if kind in ("bpe", "unigram", "wordpiece") else None
    tokenizer = Tokenizer.train([text] * 20, TokenizerConfig(name=kind, vocab_size=vocab_size))
    run = make_run(PRESETS["llama"](tokenizer.vocab_size, 12, 2, 3, 11))
    tokenizer.save(run.path / "tokenizer.json")
    interop.export_folder(run, tmp_path / "out", quiet)
    theirs = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert theirs(text).input_ids == tokenizer.encode(text)


def test_verification_notices_one_changed_weight(make_run: MakeRun, tmp_path: Path) -> None:
    run, out = make_run(preset("llama")), tmp_path / "out"
    interop.export_hf(run, out)
    model = AutoModelForCausalLM.from_pretrained(out)
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight[3, 2] += 0.5
    model.save_pretrained(out)
    with pytest.raises(ConversionError, match="computes other logits than Quatrain, by up to"):
        interop.verify_export(run, out)


def test_verification_notices_swapped_tokens(make_run: MakeRun, tmp_path: Path) -> None:
    run, out = make_run(preset("llama")), tmp_path / "out"
    interop.export_hf(run, out)
    values = json.loads((out / "tokenizer.json").read_text())
    vocab = values["model"]["vocab"]
    vocab["a"], vocab["b"] = vocab["b"], vocab["a"]
    (out / "tokenizer.json").write_text(json.dumps(values))
    assert LETTERS.startswith("ab")
    with pytest.raises(ConversionError, match=r"the ids .*, Quatrain"):
        interop.verify_export(run, out)
