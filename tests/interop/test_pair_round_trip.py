"""There and back with encoder-decoders: what is exported opens in `transformers`, and nothing changes on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import tokenizers
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from quatrain import interop, open_run
from quatrain.api.translation import TranslationRun
from quatrain.data.pairs.opening import SOURCE_TOKENIZER
from quatrain.errors import ConversionError
from quatrain.generate import TranslationConfig, translate_texts
from quatrain.interop.translation import TRANSLATION
from quatrain.layers.start import TokenStartConfig
from quatrain.models import EncoderDecoderConfig
from quatrain.models.translators import TRANSLATORS
from quatrain.positions import SinusoidalConfig
from quatrain.runs import RunFolder

from .conftest import Save
from .pairs import PAIR_VARIANTS
from .sizes import END, VOCAB

MakeRun = Callable[[EncoderDecoderConfig], RunFolder]
EXPORTABLE = {"translator": "pegasus", "marian": "marian", "t5": "t5"}


def quiet(line: str) -> None:
    pass


def preset(name: str, src_vocab_size: int | None = None) -> EncoderDecoderConfig:
    return TRANSLATORS[name](VOCAB, src_vocab_size, 12, 2, 3, 13)


@pytest.mark.parametrize("name", EXPORTABLE)
def test_an_exported_preset_opens_with_equal_logits_and_ids(name: str, make_run: MakeRun, tmp_path: Path) -> None:
    run, out = make_run(preset(name)), tmp_path / "out"
    told: list[str] = []
    outcome = interop.export_folder(run, out, told.append)
    assert outcome["family"] == EXPORTABLE[name]
    assert outcome["max_difference"] < 1e-4
    assert len(told) == 1  # CTranslate2 takes it, too

    theirs, tokenizer = AutoModelForSeq2SeqLM.from_pretrained(out).eval(), AutoTokenizer.from_pretrained(out)
    batch = tokenizer(["a line", "more words"], return_tensors="pt", padding=True)
    src_mask = batch.attention_mask.bool()
    assert batch.input_ids[src_mask].tolist() == [
        id_
        for text in ("a line", "more words")
        for id_ in [*run.load_tokenizer().encode(text), run.load_tokenizer().eos_id]
    ]
    tgt = torch.tensor([[0, 4, 9], [0, 7, 7]])
    labels = torch.cat([tgt[:, 1:], torch.zeros(2, 1, dtype=torch.long)], dim=1)
    with torch.no_grad():
        expected = theirs(**batch, labels=labels).logits[..., :VOCAB]  # they put the start before the labels
        torch.testing.assert_close(run.load_model()(batch.input_ids, tgt, src_mask), expected, rtol=1e-4, atol=1e-4)
    assert tokenizer.eos_token == END
    assert theirs.generation_config.eos_token_id == tokenizer.eos_token_id == 0
    assert theirs.generation_config.decoder_start_token_id == theirs.config.pad_token_id
    assert theirs.generation_config.max_length == 13


@pytest.mark.parametrize("name", EXPORTABLE)
def test_export_then_import_gives_the_same_weights_and_config(name: str, make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(preset(name))
    interop.export_hf(run, tmp_path / "out")
    interop.import_folder(tmp_path / "out", tmp_path / "back", quiet)
    back = RunFolder.open(tmp_path / "back")
    before, after = load_file(run.weights_path), load_file(back.weights_path)
    added = {"lm_head.bias"} - before.keys() if name != "t5" else set()
    assert all(not after.pop(weight).any() for weight in added)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[weight], after[weight]) for weight in before)
    settled = TRANSLATION.settled(preset(name))
    if added:
        settled = settled.replace(head=settled.head.replace(bias=True))
    assert back.model_config() == settled
    assert back.task == "translate"
    assert back.load_tokenizer().encode("a line") == run.load_tokenizer().encode("a line")


def test_what_came_back_translates_as_before(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(preset("marian"))
    interop.export_hf(run, tmp_path / "out")
    interop.import_folder(tmp_path / "out", tmp_path / "back", quiet)
    texts, decoding = ["a line", "more words"], TranslationConfig(beam_size=3)
    before = translate_texts(run.load_model(), *[run.load_tokenizer()] * 2, texts, decoding)
    again = open_run(tmp_path / "back")
    assert isinstance(again, TranslationRun)
    assert again.translations(texts, decoding) == before


@pytest.mark.parametrize("variant", PAIR_VARIANTS)
def test_import_then_export_gives_the_same_file_of_weights(variant: str, save: Save, tmp_path: Path) -> None:
    folder = save(variant)
    interop.import_folder(folder, tmp_path / "run", quiet)
    interop.export_folder(RunFolder.open(tmp_path / "run"), tmp_path / "out", quiet)
    before, after = load_file(folder / "model.safetensors"), load_file(tmp_path / "out" / "model.safetensors")
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    first, second = (interop.import_hf(place)[0] for place in (folder, tmp_path / "out"))
    assert first == second


def test_two_vocabularies_are_two_tokenizers(make_run: MakeRun, tmp_path: Path) -> None:
    run, out = make_run(preset("marian", src_vocab_size=VOCAB + 5)), tmp_path / "out"
    (run.path / SOURCE_TOKENIZER).write_bytes((run.path / "tokenizer.json").read_bytes())
    told: list[str] = []
    interop.export_folder(run, out, told.append)
    assert "CTranslate2 cannot convert this folder" in told[1]
    source, target = AutoTokenizer.from_pretrained(out), AutoTokenizer.from_pretrained(out / "target")
    assert source("abc").input_ids == target("abc").input_ids == [1, 2, 3, 0]
    config = json.loads((out / "config.json").read_text())
    assert (config["vocab_size"], config["decoder_vocab_size"]) == (VOCAB + 5, VOCAB)
    interop.import_folder(out, tmp_path / "back", quiet)
    assert RunFolder(tmp_path / "back").load_tokenizer(SOURCE_TOKENIZER).encode("abc") == [1, 2, 3]


def test_the_padding_token_of_a_marian_is_no_token_of_the_run(save: Save, tmp_path: Path) -> None:
    folder = save("marian-zero")
    backend = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    backend.add_tokens(["é"])
    backend.add_special_tokens(["<pad>"])
    backend.save(str(folder / "tokenizer.json"))
    assert backend.token_to_id("<pad>") == VOCAB - 1  # behind the letters and one more
    interop.import_folder(folder, tmp_path / "run", quiet)
    run = RunFolder(tmp_path / "run")
    assert run.load_tokenizer().vocab_size == run.load_model().vocab_size == VOCAB - 1
    assert run.load_tokenizer().backend.token_to_id("<pad>") is None


def test_the_decoder_may_start_from_a_token_of_its_own(save: Save, tmp_path: Path) -> None:
    config, _, _ = interop.import_hf(save("t5-untied-start"))
    assert isinstance(config, EncoderDecoderConfig)
    assert config.start == TokenStartConfig(token=3)
    assert not config.tied


def test_one_table_of_a_t5_is_shared_by_all_layers_of_a_stack(save: Save) -> None:
    config, weights, _ = interop.import_hf(save("t5"))
    tables = [name for name in weights if "position" in name]
    assert tables == ["encoder.blocks.0.mixer.position.table.weight", "decoder.blocks.0.mixer.position.table.weight"]
    model = config.build()
    assert model.decoder.blocks[2].mixer.position.table is model.decoder.blocks[0].mixer.position.table


def test_positions_that_files_store_are_dropped_where_they_are_those_computed(save: Save) -> None:
    folder = save("pegasus")
    file = folder / "model.safetensors"
    weights = load_file(file)
    computed = SinusoidalConfig(layout="halves").build(24, None)(torch.zeros(1, 17, 24), torch.arange(17))[0]
    save_file(weights | {"model.encoder.embed_positions.weight": computed}, file, metadata={"format": "pt"})
    before = interop.import_hf(folder)[1]
    save_file(weights | {"model.encoder.embed_positions.weight": -computed}, file, metadata={"format": "pt"})
    with pytest.raises(ConversionError, match=r"embed_positions\.weight is not what this family computes"):
        interop.import_hf(folder)
    assert not any("position" in name for name in before)
