"""Imported encoders at work: asked for vectors, started from, scored, sent on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import AutoModel, ViTImageProcessorPil

import quatrain as qt
from quatrain.cli import main
from quatrain.errors import ConfigError, DataError, RunError

from .conftest import Save
from .encoders import TEXTS, SaveEncoder
from .sizes import LETTERS


def test_an_encoder_is_asked_for_vectors_and_taught_to_tell_classes(
    save_encoder: SaveEncoder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encoder, taught, out = tmp_path / "encoder", tmp_path / "taught", tmp_path / "out"
    assert main(["import", str(save_encoder("bert")), "--out", str(encoder)]) == 0
    assert f"quatrain predict {encoder}" in capsys.readouterr().out

    lines = tmp_path / "lines.txt"
    lines.write_text("\n".join([*TEXTS, "loud " * 60]) + "\n", encoding="utf-8")
    assert main(["predict", str(encoder), str(lines), "--json"]) == 1
    said = capsys.readouterr()
    answers = [json.loads(line) for line in said.out.splitlines()]
    assert [len(answer["vector"]) for answer in answers] == [24, 24, 24, 0]
    assert "the model reads 33" in answers[-1]["error"]
    assert "example 4" in said.err

    reviews = tmp_path / "reviews.tsv"
    words = {"bad": "loud", "good": "after"}
    rows = [f"the {word} storm, {'bird ' * n}\t{label}" for label, word in words.items() for n in range(10)]
    reviews.write_text("\n".join(["text\tlabel", *rows]) + "\n", encoding="utf-8")
    settings = ["--set", "model.pooling=first", "--set", "model.hidden=true", "--set", "train.batch_size=4"]
    asked = ["--from", str(encoder), "--steps", "2", "--out", str(taught), "--quiet", "--device", "cpu"]
    assert main(["train", str(reviews), *asked, *settings]) == 0
    assert main(["evaluate", str(taught)]) == 0
    assert main(["export", str(taught), "--out", str(out)]) == 0
    assert "AutoModelForSequenceClassification" in capsys.readouterr().out
    assert json.loads((out / "config.json").read_text())["id2label"] == {"0": "bad", "1": "good"}


def test_an_encoder_answers_no_question(save_encoder: SaveEncoder, tmp_path: Path) -> None:
    qt.import_run(save_encoder("distilbert"), tmp_path / "run")
    run = qt.open_run(tmp_path / "run")
    with pytest.raises(RunError, match=r"answers no question.*quatrain train DATA --from"):
        run.evaluate()
    with pytest.raises(RunError, match="cannot generate"):
        run.generate("a storm")
    with pytest.raises(ConfigError, match="means nothing for a run of the task 'embed'"):
        run.check_scoring(["context"])
    with pytest.raises(DataError, match="the text is empty"):
        run.embed("")
    with pytest.raises(DataError, match="example 2: 3 texts stand where a text or a pair of texts is needed"):
        run.embed("one", ("one", "two", "three"))
    for verb in (run.embed, run.predict):
        one, other = verb(["one", "two"])
        assert (one.tokens, other.tokens) == (verb("one")[0].tokens, verb("two")[0].tokens)
        assert len(verb(("one", "two"))) == 1, "a tuple of two strings is a pair"
        assert verb([]) == []
        for nothing in (None, float("nan"), {"text": "one"}, Path("one"), iter(["one"])):
            with pytest.raises(DataError, match=r"example 1: .* is no text\. "):
                verb(nothing)


def test_a_masked_model_fills_in_with_its_own_tokens(save_encoder: SaveEncoder, tmp_path: Path) -> None:
    for variant, mask in (("bert-masked", "[MASK]"), ("roberta-masked", "<mask>")):
        qt.import_run(save_encoder(variant, variant), tmp_path / f"run-{variant}")
        (answer,) = qt.open_run(tmp_path / f"run-{variant}").predict(f"the {mask} is loud")
        assert len(answer.places[0]) == 5


def test_a_picture_has_the_vectors_that_transformers_gives_it(save_encoder: SaveEncoder, tmp_path: Path) -> None:
    folder = save_encoder("vit")
    scale = {"image_mean": (0.1, 0.2, 0.3), "image_std": (0.5, 0.6, 0.7)}
    ViTImageProcessorPil(size={"height": 8, "width": 8}, **scale).save_pretrained(folder)
    qt.import_run(folder, tmp_path / "run")
    run = qt.open_run(tmp_path / "run")
    pictures = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    files = [tmp_path / f"{i}.png" for i in range(3)]
    for file, pixels in zip(files, pictures, strict=True):
        Image.fromarray(pixels).save(file)
    theirs, processor = AutoModel.from_pretrained(folder).eval(), ViTImageProcessorPil.from_pretrained(folder)
    with torch.no_grad():
        expected = theirs(**processor([Image.open(file) for file in files], return_tensors="pt")).last_hidden_state
    found = torch.stack([one.vectors for one in run.embed(*files)])
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    qt.export_run(tmp_path / "run", tmp_path / "out")
    again = ViTImageProcessorPil.from_pretrained(tmp_path / "out")
    assert {"image_mean": again.image_mean, "image_std": again.image_std} == scale


def test_pictures_are_told_from_a_vision_transformer(save_encoder: SaveEncoder, tmp_path: Path) -> None:
    qt.import_run(save_encoder("vit"), tmp_path / "encoder")
    for label, low in (("cat", 0), ("dog", 120)):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for i in range(10):
            pixels = np.random.default_rng(i).integers(low, low + 120, (9, 9), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / label / f"{i}.png")
    run = qt.train(
        tmp_path / "pets", start=tmp_path / "encoder", steps=2, out=tmp_path / "run", device="cpu",
        settings=["model.pooling=first", "train.batch_size=4"], show_progress=False,
    )  # fmt: skip
    outcome = qt.export_run(run.folder.path, tmp_path / "out")
    assert outcome["architecture"] == "ViTForImageClassification"


def test_vit_b_16_has_its_published_size() -> None:
    from quatrain.interop import FAMILIES

    settings = {"model_type": "vit", "id2label": {str(i): f"class {i}" for i in range(1000)}}
    sizes = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}
    family = FAMILIES["ViTForImageClassification"]
    shapes = family.kind.shapes(family.config(settings | sizes, "config.json"))
    assert sum(torch.Size(shape).numel() for shape in shapes.values()) == 86_567_656


def test_the_same_folder_is_imported_once_and_not_kept_where_it_is_refused(
    save_encoder: SaveEncoder, save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    theirs, gpt = save_encoder("bert", "bert"), save("gpt2", "gpt")
    rows = [f"the {word} storm, {'bird ' * n}\t{word}" for word in ("loud", "after") for n in range(10)]
    Path("reviews.tsv").write_text("\n".join(["text\tlabel", *rows]) + "\n", encoding="utf-8")
    words = ["train", "reviews.tsv", "--steps", "1", "--quiet", "--device", "cpu", "--set", "train.batch_size=4"]

    def imported() -> set[str]:
        return {path.name for path in Path("runs").glob("*-imported*")}

    assert main([*words, "--from", str(theirs), "--out", "no", "--set", "model.backbone.d_model=8"]) == 2
    assert imported() == set()
    for out in ("one", "two"):
        assert main([*words, "--from", str(theirs), "--out", out]) == 0
    assert imported() == {"bert-imported"}
    assert main([*words, "--task", "masked", "--from", str(gpt), "--out", "gpt-run"]) == 2, "it reads one way only"
    assert imported() == {"bert-imported"}

    weights = load_file(theirs / "model.safetensors")
    save_file({name: tensor * 2 for name, tensor in weights.items()}, theirs / "model.safetensors", {"format": "pt"})
    assert main([*words, "--from", str(theirs), "--out", "three"]) == 0
    assert imported() == {"bert-imported", "bert-imported-2"}


@pytest.mark.parametrize("tune", ["full", "frozen", "lora"])
@pytest.mark.parametrize("variant", ["gpt2", "llama"])
def test_a_language_model_of_theirs_is_taught_to_tell_classes_and_tags(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variant: str, tune: str
) -> None:
    monkeypatch.chdir(tmp_path)
    theirs = save(variant)
    rows = [f"{LETTERS[i % 3]}{LETTERS[3]}\t{i % 2}" for i in range(40)]
    Path("reviews.tsv").write_text("\n".join(["text\tlabel", *rows]) + "\n", encoding="utf-8")
    tagged = [f"{LETTERS[i % 3]}\tB-x\n{LETTERS[3]}\tO\n" for i in range(40)]
    Path("seen.conll").write_text("\n".join(tagged), encoding="utf-8")
    for data in ("reviews.tsv", "seen.conll"):
        words = ["--from", str(theirs), "--tune", tune, "--steps", "2", "--quiet", "--device", "cpu"]
        assert main(["train", data, *words, "--set", "train.batch_size=4", "--out", f"run-{data}"]) == 0
        shutil.rmtree(tmp_path / "runs")
        assert main(["evaluate", f"run-{data}"]) == 0
        Path("lines.txt").write_text(f"{LETTERS[0]}{LETTERS[3]}\n", encoding="utf-8")
        assert main(["predict", f"run-{data}", "lines.txt"]) == 0
