"""A classifier of texts as a person uses it: train, predict, evaluate, go on, and what can be typed wrong."""

from __future__ import annotations

import io
import json
import os
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cli.conftest import Type

import quatrain as qt
from quatrain.cli import main
from quatrain.errors import DataError, RunError

TINY = (
    *("--size", "tiny", "--device", "cpu", "--quiet", "--set", "model.backbone.d_model=8"),
    *("--set", "model.backbone.mixer.n_heads=2", "--set", "train.batch_size=8", "--set", "train.dtype=float32"),
    *("--set", "model.dropout=0.0", "--set", "model.backbone.dropout=0.0"),
)
GOOD, BAD = ("fine", "great", "warm", "wise", "lovely"), ("dull", "poor", "cold", "flat", "weary")
THINGS = ("film", "cast", "plot", "score", "ending", "hero", "joke", "song")


def reviews(start: int, n: int) -> list[tuple[str, str]]:
    """(text, label): the first word decides."""
    rows = []
    for i in range(start, start + n):
        words = GOOD if i % 2 else BAD
        rows.append(
            (f"{words[i % 5]} {THINGS[i % 8]} and {words[i // 5 % 5]} {THINGS[i // 3 % 8]}", "pos" if i % 2 else "neg")
        )
    return rows


def write(path: Path, rows: list[tuple[str, str]], header: str = "text\tlabel") -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("\n".join([header, *("\t".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on reviews beside it; read-only."""
    folder = tmp_path_factory.mktemp("classifier")
    write(folder / "reviews" / "train.tsv", reviews(0, 80))
    write(folder / "reviews" / "dev.tsv", reviews(200, 30))
    write(folder / "reviews" / "test.tsv", reviews(300, 20))
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    try:
        words = ["train", str(folder / "reviews"), "--steps", "40", "--out", str(folder / "run"), *TINY]
        assert main([*words, "--set", "train.checkpoint_seconds=0", "--set", "optim.lr=0.02"]) == 0
    finally:
        os.environ.pop("XDG_CACHE_HOME")
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before
    return folder / "run"


def test_the_result_has_every_score_with_its_interval_and_what_stands_beside_it(classifier: Path) -> None:
    result = json.loads((classifier / "result.json").read_text())
    assert result["task"] == "classify"
    assert result["classes"] == ["neg", "pos"]
    assert 0.8 < result["accuracy"] <= 1.0
    for key in ("interval", "macro_f1_interval", "auroc_interval"):
        assert len(result[key]) == 2
    assert result["n_targets"] == 30
    assert np.array(result["confusion"]).sum() == 30
    assert result["baseline"]["name"]
    assert result["baseline"]["accuracy"] <= 1.0
    for score in (result, result["tests"]["test"]):
        keys = [score["baseline"]["key"], *(other["key"] for other in score["beside"])]
        assert sorted(keys) == ["dan", "logistic_regression", "majority", "naive_bayes"]
        assert score["baseline"]["n_targets"] == score["n_targets"]
    assert len(result["difference"]["interval"]) == 2
    assert result["tests"]["test"]["n_targets"] == 20
    assert result["data"]["class_counts"]["train"] == [40, 40]


def test_the_run_keeps_the_columns_it_found_and_the_names_of_its_classes(classifier: Path) -> None:
    recipe = (classifier / "recipe.toml").read_text()
    assert 'text_column = "text"' in recipe
    assert json.loads((classifier / "config.json").read_text())["model"]["classes"] == ["neg", "pos"]
    assert (classifier / "report.html").exists()
    assert (classifier / "README.md").exists()


def test_predict_answers_line_by_line(classifier: Path, typed: Type, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text("great film and fine cast\ndull plot and poor hero\n")
    told = typed("predict", classifier, tmp_path / "new.txt")
    assert told.code == 0
    labels = [line.split("\t")[0] for line in told.out.splitlines()]
    assert labels == ["pos", "neg"]


def test_predict_reads_stdin_and_prints_json(classifier: Path, typed: Type, monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"great film and fine cast\n")))
    told = typed("predict", classifier, "--json")
    assert told.code == 0
    assert told.json["label"] == "pos"
    assert told.json["text"] == "great film and fine cast"
    assert sum(told.json["probabilities"].values()) == pytest.approx(1.0)
    assert told.json["error"] is None


def test_predict_reads_the_rows_of_a_table_without_labels(classifier: Path, typed: Type, tmp_path: Path) -> None:
    path = write(tmp_path / "new.csv", [("1,great film and fine cast",), ("2,poor plot and dull hero",)], "id,text")  # type: ignore[list-item]
    assert [line.split("\t")[0] for line in typed("predict", classifier, path).out.splitlines()] == ["pos", "neg"]
    other = write(tmp_path / "other.csv", [("1,great film",)], "id,body")  # type: ignore[list-item]
    told = typed("predict", classifier, other)
    assert told.code == 2
    assert "no column is called 'text'" in told.err


def test_what_cannot_be_read_is_reported_and_the_rest_is_answered(
    classifier: Path, typed: Type, tmp_path: Path
) -> None:
    (tmp_path / "new.txt").write_bytes(b"great film\n\n\xff\xfe\npoor plot\n")
    told = typed("predict", classifier, tmp_path / "new.txt")
    assert told.code == 1
    assert len(told.out.splitlines()) == 2
    assert "example 2: there is no text." in told.err
    assert "example 3: the line is not UTF-8" in told.err


def test_evaluate_scores_parts_and_other_data(classifier: Path, typed: Type, tmp_path: Path) -> None:
    result = json.loads((classifier / "result.json").read_text())
    assert typed("evaluate", classifier, "--json").json["accuracy"] == result["accuracy"]
    assert typed("evaluate", classifier, "--part", "test", "--json").json["n_targets"] == 20
    other = write(tmp_path / "other.tsv", [(b, a) for a, b in reviews(400, 10)], "label\ttext")
    told = typed("evaluate", classifier, other)
    assert told.code == 0
    assert "accuracy" in told.out
    assert "10 examples" in told.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--part", "tset"), "Did you mean 'test'"),
        (("--beam-size", "3"), "--beam-size means nothing for a run of the task 'classify'"),
    ],
)
def test_evaluate_refuses_what_means_nothing(classifier: Path, typed: Type, words: Any, message: str) -> None:
    told = typed("evaluate", classifier, *words)
    assert told.code == 2
    assert message in told.err


def test_other_data_with_a_class_the_model_does_not_know(classifier: Path, typed: Type, tmp_path: Path) -> None:
    path = write(tmp_path / "odd.tsv", [("great film", "pos"), ("odd film", "odd")])
    told = typed("evaluate", classifier, path)
    assert told.code == 2
    assert "odd.tsv, line 3: the label 'odd'" in told.err


def test_a_classifier_does_not_generate(classifier: Path, typed: Type) -> None:
    told = typed("generate", classifier)
    assert told.code == 2
    assert f"quatrain predict {classifier}" in told.err


def test_scores_of_its_own_data_say_so(classifier: Path, typed: Type, tmp_path: Path) -> None:
    own = classifier.parent / "reviews"
    for data in (own, own / "test.tsv"):  # of data in parts what was held out is scored
        assert "This is the data" not in typed("evaluate", classifier, data).out
    undivided, run = write(tmp_path / "all.tsv", reviews(0, 40)), tmp_path / "run"
    typed("train", undivided, "--steps", 2, "--size", "tiny", "--out", run)
    said = typed("evaluate", run, undivided)
    assert "This is the data it was trained on" in said.out
    assert f"quatrain evaluate {run} --part val" in said.out
    assert typed("evaluate", run, undivided, "--json").json["is_own_data"] is True


def test_another_tables_column_of_labels_is_suggested(classifier: Path, typed: Type, tmp_path: Path) -> None:
    other = write(tmp_path / "other.tsv", reviews(0, 6), header="Review\tRating")
    assert "Name one: --set data.label_column=Rating." in typed("evaluate", classifier, other).err


def test_commands_can_be_copied_whatever_the_folders_are_called(typed: Type, tmp_path: Path) -> None:
    data = write(tmp_path / "my reviews" / "all.tsv", reviews(0, 40), header="text\tthe class").parent
    said = typed("check", data, "--set", "data.label_column=the class")
    command = next(line for line in said.out.splitlines() if line.startswith("Train on it: "))
    assert shlex.split(command.removeprefix("Train on it: ")) == [
        *("quatrain", "train", str(data), "--set", "data.label_column=the class"),
    ]
    done = typed("train", *shlex.split(command)[5:], "--steps", 2, "--out", tmp_path / "a run", *TINY)
    assert f"quatrain predict '{tmp_path / 'a run'}' FILE" in done.out


def test_from_python_it_predicts_and_embeds(classifier: Path) -> None:
    run = qt.open_run(classifier)
    (told,) = run.predict("great film and fine cast")
    assert {*told} == {"neg", "pos"}
    assert told["pos"] > 0.5
    vectors = run.embed("great film", "poor plot", "great film")
    assert vectors.shape == (3, 8)
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-6)
    assert run.predict() == []
    with pytest.raises(DataError, match="example 2: 2 texts stand where one text is needed"):
        run.predict("one", ("two", "three"))
    with pytest.raises(RunError):
        run.translate("text")


def test_samples_are_the_surest_and_the_least_sure(classifier: Path) -> None:
    samples = [json.loads(line) for line in (classifier / "samples.jsonl").read_text().splitlines()]
    assert {sample["sort"] for sample in samples} >= {"surest, right", "least sure"}
    right = [max(s["probabilities"].values()) for s in samples if s["sort"] == "surest, right"]
    unsure = [max(s["probabilities"].values()) for s in samples if s["sort"] == "least sure"]
    assert min(right) >= max(unsure)
    assert all(s["told"] == s["label"] for s in samples if s["sort"] == "surest, right")


def test_check_tells_of_classes_and_what_training_would_cost(classifier: Path, typed: Type) -> None:
    told = typed("check", classifier.parent / "reviews")
    assert told.code == 0
    assert "80 examples of 2 classes" in told.out or "130 examples of 2 classes" in told.out
    assert "examples/s" in told.out
    report = typed("check", classifier.parent / "reviews", "--json").json
    assert report["class_counts"]["val"] == {"neg": 15, "pos": 15}


def test_pairs_of_texts_are_learned_and_told(typed: Type, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rows = [(text, text if i % 2 else "something else", str(i % 2)) for i, (text, _) in enumerate(reviews(0, 60))]
    path = write(tmp_path / "pairs.tsv", rows, "sentence1\tsentence2\tlabel")  # type: ignore[arg-type]
    assert typed("train", path, "--steps", "3", "--out", tmp_path / "run", *TINY).code == 0
    (tmp_path / "new.txt").write_text("fine film\tfine film\nalone\n")
    told = typed("predict", tmp_path / "run", tmp_path / "new.txt")
    assert told.code == 1
    assert "example 2: 1 texts stand where 2 are needed" in told.err
    ((a, b),) = (probabilities.values() for probabilities in qt.open_run(tmp_path / "run").predict(("a", "b")))
    assert a + b == pytest.approx(1.0)


@pytest.mark.parametrize("word", ["dan", "lstm", "conv+transformer"])
def test_every_word_for_a_model_trains(typed: Type, tmp_path: Path, monkeypatch: Any, word: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = write(tmp_path / "reviews.tsv", reviews(0, 60))
    small = [setting for setting in TINY if "n_heads" not in setting]
    small = [s for i, s in enumerate(small) if not (s == "--set" and i + 1 < len(small) and small[i + 1] == "--set")]
    told = typed("train", path, "--model", word, "--steps", "2", "--out", tmp_path / "run", *small)
    assert told.code == 0, told.err
    assert "accuracy" in told.out


def test_an_unknown_model_and_a_second_file_are_refused(typed: Type, tmp_path: Path) -> None:
    path = write(tmp_path / "reviews.tsv", reviews(0, 60))
    told = typed("train", path, "--model", "dna", "--steps", "2")
    assert told.code == 2
    assert "Did you mean 'dan'" in told.err


def test_a_stopped_training_goes_on_to_the_same_bytes(typed: Type, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = write(tmp_path / "reviews.tsv", reviews(0, 90))
    often = ("--set", "train.checkpoint_seconds=0", "--set", "train.n_validations=3")
    assert typed("train", path, "--steps", "9", "--out", tmp_path / "whole", *TINY, *often).code == 0

    from quatrain.training.loop import Trainer

    step = Trainer._step

    def killed(self: Trainer) -> Any:
        if self.state.step == 5:
            raise KeyboardInterrupt
        return step(self)

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "_step", killed)
        assert typed("train", path, "--steps", "9", "--out", tmp_path / "halved", *TINY, *often).code != 0
    assert typed("train", "--resume", "--out", tmp_path / "halved", "--quiet").code == 0
    one, two = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "halved"))
    assert one == two
    with (tmp_path / "reviews.tsv").open("a") as file:
        file.write("new film\tpos\n")
    told = typed("evaluate", tmp_path / "whole")
    assert told.code in (0, 2)


def test_fewer_labels_are_said_in_the_result(typed: Type, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = write(tmp_path / "reviews.tsv", reviews(0, 90))
    told = typed("train", path, "--steps", "2", "--out", tmp_path / "run", *TINY, "--set", "data.n_labels=20")
    assert told.code == 0, told.err
    assert json.loads((tmp_path / "run" / "result.json").read_text())["data"]["n_labels"] == 20
