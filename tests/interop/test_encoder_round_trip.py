"""Encoders there and back: what is exported opens in `transformers`, and nothing changes on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoModelForMaskedLM, AutoModelForPreTraining, AutoTokenizer

import quatrain as qt
from quatrain import __version__, interop
from quatrain.data.config import TokenizerConfig
from quatrain.data.framing import Framing
from quatrain.data.tokenizers import Tokenizer
from quatrain.layers.pooling import FirstPoolingConfig
from quatrain.models import ClassifierConfig, MaskedLMConfig, ModelConfig
from quatrain.models.encoders import bert
from quatrain.runs import RunFolder, weights_of, write_tensors

from .encoders import ENCODER_VARIANTS, NAMED, TEXTS, SaveEncoder, random_encoder, write_words


def quiet(line: str) -> None:
    pass


def our_run(path: Path, head: ModelConfig, tokenizer: Tokenizer) -> RunFolder:
    """A run folder with a random model on an encoder of ours."""
    torch.manual_seed(0)
    model = head.build()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.3)
    run = RunFolder(path)
    run.path.mkdir()
    run.write_config(head, __version__, task="masked")
    write_tensors(run.weights_path, weights_of(model))
    tokenizer.save(run.path / "tokenizer.json")
    return run


def our_tokenizer() -> Tokenizer:
    return Tokenizer.train(TEXTS, TokenizerConfig(name="wordpiece", vocab_size=70, framed=True))


@pytest.mark.parametrize("variant", ENCODER_VARIANTS)
def test_import_then_export_gives_the_same_weights_and_files(
    variant: str, save_encoder: SaveEncoder, tmp_path: Path
) -> None:
    folder = save_encoder(variant)
    outcome = interop.import_folder(folder, tmp_path / "run", quiet)
    assert outcome["family"] == variant.split("-")[0]
    assert outcome["max_difference"] < 1e-4
    back = interop.export_folder(RunFolder.open(tmp_path / "run"), tmp_path / "out", quiet)
    assert back["architecture"] == outcome["architecture"] == type(random_encoder(variant)).__name__
    before, after = load_file(folder / "model.safetensors"), load_file(tmp_path / "out" / "model.safetensors")
    assert before.keys() == after.keys()
    for name, weight in before.items():
        n_before = 2 if variant.startswith("roberta") and "position_embeddings" in name else 0
        assert torch.equal(weight[n_before:], after[name][n_before:]), name
        assert not after[name][:n_before].any()
    if not variant.startswith("vit"):
        assert (tmp_path / "out" / "tokenizer.json").read_bytes() == (folder / "tokenizer.json").read_bytes()
    first, second = (interop.import_hf(place)[0] for place in (folder, tmp_path / "out"))
    assert first == second


@pytest.mark.parametrize("variant", ["bert", "roberta", "distilbert", "bert-without-pooler"])
def test_an_imported_encoder_embeds_as_transformers_does_in_padded_batches(
    variant: str, save_encoder: SaveEncoder, tmp_path: Path
) -> None:
    folder = save_encoder(variant)
    qt.import_run(folder, tmp_path / "run")
    run = qt.open_run(tmp_path / "run")
    theirs, tokenizer = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    examples = [*TEXTS, ("a storm", "three birds?")]
    for mine, example in zip(run.embed(*examples), examples, strict=True):
        pair = [example] if isinstance(example, str) else [*example]
        alone = tokenizer(*pair, return_tensors="pt", return_special_tokens_mask=True)
        special = alone.pop("special_tokens_mask")[0].bool()
        with torch.no_grad():
            expected = theirs(**alone).last_hidden_state[0][~special]
        torch.testing.assert_close(mine.vectors, expected, rtol=1e-4, atol=1e-4)
        assert len(mine.tokens) == len(expected) > 2
        torch.testing.assert_close(mine.vector, expected.mean(dim=0), rtol=1e-4, atol=1e-4)
    batch = tokenizer(TEXTS, return_tensors="pt", padding=True)
    with torch.no_grad():
        padded = theirs(**batch).last_hidden_state
        framed = [
            torch.from_numpy(row.tokens.astype("int64")) for row in Framing(run.folder.load_tokenizer()).frame(TEXTS)
        ]
        tokens = torch.nn.utils.rnn.pad_sequence(framed, batch_first=True)
        mask = batch.attention_mask.bool()
        mine = run.model(tokens, mask).vectors
    torch.testing.assert_close(mine[mask], padded[mask], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("next_sentence", [False, True])
def test_a_masked_model_of_ours_opens_in_transformers(next_sentence: bool, tmp_path: Path) -> None:
    tokenizer = our_tokenizer()
    body = bert(tokenizer.vocab_size, 24, 2, 3, 17)
    head = MaskedLMConfig(backbone=body, norm=body.norm, next_sentence=next_sentence)
    run = our_run(tmp_path / "run", head, tokenizer)
    outcome = interop.export_folder(run, tmp_path / "out", quiet)
    auto = AutoModelForPreTraining if next_sentence else AutoModelForMaskedLM
    theirs, their_tokenizer = auto.from_pretrained(tmp_path / "out"), AutoTokenizer.from_pretrained(tmp_path / "out")
    assert type(theirs).__name__ == outcome["architecture"]
    assert their_tokenizer.mask_token == "[MASK]"
    assert theirs.config.pad_token_id == their_tokenizer.pad_token_id == Framing(tokenizer).pad_id
    assert not (tmp_path / "out" / "generation_config.json").exists()
    back = interop.import_folder(tmp_path / "out", tmp_path / "back", quiet)
    assert back["n_parameters"] == sum(weight.numel() for weight in load_file(run.weights_path).values())
    for name, weight in load_file(run.weights_path).items():
        assert torch.equal(weight, load_file(tmp_path / "back" / "model.safetensors")[name]), name


def test_names_of_classes_go_both_ways(save_encoder: SaveEncoder, tmp_path: Path) -> None:
    interop.import_folder(save_encoder("roberta-classes"), tmp_path / "run", quiet)
    run = qt.open_run(tmp_path / "run")
    (answer,) = run.predict("the storm is loud")
    assert list(answer) == ["bad", "so-so", "good"]
    assert sum(answer.values()) == pytest.approx(1)
    interop.export_folder(run.folder, tmp_path / "out", quiet)
    settings = json.loads((tmp_path / "out" / "config.json").read_text())
    assert settings["label2id"] == NAMED["label2id"]
    theirs = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path / "out")
    assert theirs.config.id2label == NAMED["id2label"]


def test_a_line_with_one_tab_is_a_pair_where_nobody_says_what_the_model_reads(
    save_encoder: SaveEncoder, tmp_path: Path
) -> None:
    interop.import_folder(save_encoder("roberta-classes"), tmp_path / "run", quiet)
    run, lines = qt.open_run(tmp_path / "run"), tmp_path / "lines.txt"
    lines.write_text("the storm\tis loud\na dog\na dog\t\n", encoding="utf-8")
    pair, single, broken = run.predictions([str(lines)])
    assert pair.probabilities == pytest.approx(run.predict(("the storm", "is loud"))[0])
    assert single.probabilities == pytest.approx(run.predict("a dog")[0])
    assert broken.reason == "there is no text."


def test_classes_without_names_are_numbered(save_encoder: SaveEncoder, tmp_path: Path) -> None:
    config = interop.import_hf(save_encoder("distilbert-classes"))[0]
    assert isinstance(config, ClassifierConfig)
    assert (config.n_classes, config.classes) == (2, ())
    interop.import_folder(tmp_path / "theirs", tmp_path / "run", quiet)
    assert list(qt.open_run(tmp_path / "run").predict("a dog")[0]) == ["0", "1"]


def test_a_classifier_of_ours_on_a_bert_opens_in_transformers(tmp_path: Path) -> None:
    tokenizer = our_tokenizer()
    body = bert(tokenizer.vocab_size, 24, 2, 3, 17)
    head = ClassifierConfig(
        backbone=body, n_classes=2, classes=("no", "yes"), pooling=FirstPoolingConfig(), hidden=True, dropout=0.1
    )
    outcome = interop.export_folder(our_run(tmp_path / "run", head, tokenizer), tmp_path / "out", quiet)
    assert outcome["architecture"] == "BertForSequenceClassification"


def test_a_vocabulary_file_alone_gives_the_tokenizer_of_transformers(save_encoder: SaveEncoder, tmp_path: Path) -> None:
    for lowercase in (True, False):
        folder = save_encoder("bert", f"lower-{lowercase}")
        for file in ("tokenizer.json", "vocab.txt", "tokenizer_config.json"):
            (folder / file).unlink()
        write_words(folder, lowercase=lowercase)
        settings = {"do_lower_case": lowercase, "tokenizer_class": "BertTokenizer"}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))
        interop.import_folder(folder, tmp_path / f"run-{lowercase}", quiet)
        mine = Framing(RunFolder(tmp_path / f"run-{lowercase}").load_tokenizer())
        theirs = AutoTokenizer.from_pretrained(folder)
        for text in (*TEXTS, "ÉTÉ 中国 storm-loud"):
            assert mine.frame([text])[0].tokens.tolist() == theirs(text).input_ids


def test_a_tokenizer_that_cuts_and_fills_texts_no_longer_does(save_encoder: SaveEncoder) -> None:
    folder = save_encoder("bert")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.backend_tokenizer.enable_truncation(4)
    tokenizer.backend_tokenizer.enable_padding(length=9)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    content = interop.import_hf(folder)[2]["tokenizer.json"]
    assert json.loads(content)["truncation"] is json.loads(content)["padding"] is None


def test_old_names_of_norms_are_read(save_encoder: SaveEncoder) -> None:
    folder = save_encoder("bert-masked")
    before = interop.import_hf(folder)[1]
    file = folder / "model.safetensors"
    words = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    old = {}
    for name, weight in load_file(file).items():
        for new, was in words.items():
            name = name.replace(new, was)
        old[name] = weight
    assert any(name.endswith("gamma") for name in old)
    old["cls.seq_relationship.weight"] = torch.ones(2, 24)  # published files of BertForMaskedLM hold it
    old["bert.embeddings.position_ids"] = torch.arange(33)[None].float()
    save_file(old, file, metadata={"format": "pt"})
    after = interop.import_hf(folder)[1]
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_bert_base_has_its_published_size() -> None:
    config = transformers.BertConfig()
    settings = json.loads(config.to_json_string(use_diff=False)) | {"architectures": ["BertModel"]}
    family = interop.FAMILIES["BertModel"]
    shapes = family.kind.shapes(family.config(settings, "config.json"))
    assert sum(torch.Size(shape).numel() for shape in shapes.values()) == 109_482_240
