"""The page and the card of a classifier: its verdict, scores, confusions, calibration and samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from quatrain.report import write_model_card, write_report
from quatrain.report.faces import read_run

from .conftest import RESULT
from .outline import HOSTILE, Outline, said

CLASSES = ["bad", "good"]
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


def score(accuracy: float, **changes: Any) -> dict[str, Any]:
    right = round(100 * accuracy)
    return {
        "loss": 0.45,
        "accuracy": accuracy,
        "interval": [accuracy - 0.03, accuracy + 0.03],
        "macro_f1": accuracy - 0.01,
        "macro_f1_interval": [accuracy - 0.04, accuracy + 0.02],
        "auroc": 0.9012,
        "auroc_interval": [0.88, 0.92],
        "ece": 0.031,
        "calibration": [
            {"confidence": 0.63, "accuracy": 0.58, "n": 40},
            {"confidence": 0.95, "accuracy": 0.97, "n": 160},
        ],
        "confusion": [[right, 100 - right], [100 - right, right]],
        "classes": CLASSES,
        "n_targets": 200,
        **changes,
    }


@pytest.fixture
def make(tmp_path: Path) -> Any:
    """A run folder of a classifier; a `result` of None is left out."""

    def run(result: dict[str, Any] | None = None, samples: Any = None, backbone: str = "text", **changes: Any) -> Path:
        folder = tmp_path / "reviews"
        folder.mkdir(exist_ok=True)
        model = {"kind": "classifier", "backbone": {"kind": backbone, "d_model": 8}, "classes": CLASSES}
        config = {"format": 1, "quatrain": "0.1.0", "task": "classify", "model": model}
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "model.safetensors").write_bytes(b"")
        values = {
            **{name: RESULT[name] for name in ("seconds", "n_parameters", "train_tokens", "machine")},
            "task": "classify",
            **score(0.86),
            "baseline": {"name": "naive Bayes on words", **score(0.80)},
            "beside": [
                {
                    "key": "majority",
                    "name": "majority class",
                    **score(0.5, loss=0.69),
                    "difference": {"mean": 0.36, "interval": [0.3, 0.4]},
                }
            ],
            "difference": {"mean": 0.06, "interval": [0.02, 0.1]},
            "data": {
                "name": "reviews",
                "classes": CLASSES,
                "examples": {"train": 900, "val": 200},
                "class_counts": {"train": [300, 600]},
            },
            "tests": {"test": score(0.84)},
            **(result or {}),
        }
        values = {name: value for name, value in values.items() if value is not None}
        (folder / "result.json").write_text(json.dumps(values))
        shown = [
            {
                "text": "a fine film",
                "sort": "surest, right",
                "label": "good",
                "told": "good",
                "probabilities": {"bad": 0.02, "good": 0.98},
            },
            {
                "text": "not bad",
                "sort": "surest, wrong",
                "label": "good",
                "told": "bad",
                "probabilities": {"bad": 0.9, "good": 0.1},
            },
        ]
        (folder / "samples.jsonl").write_text("".join(json.dumps(line) + "\n" for line in (samples or shown)))
        return folder

    return run


def page_of(folder: Path) -> str:
    return write_report(folder).read_text(encoding="utf-8")


def verdict(folder: Path) -> Any:
    face, run = read_run(folder)
    return face.verdict(run)


def test_the_paired_difference_decides(make: Any) -> None:
    found = verdict(make())
    assert (found.outcome, found.headline) == ("beats", "Beats the baseline")
    assert found.sentence == (
        "This model tells more examples right than its baseline, naive Bayes on words: 86.0 % (95 % interval 83.0 to "
        "89.0 %) against 80.0 % (77.0 to 83.0 %); example by example the difference is 6.0 points, 95 % interval 2.0 "
        "to 10.0."
    )


def test_classes_that_are_never_found_are_named(make: Any) -> None:
    assert "finds none" not in verdict(make()).sentence
    found = verdict(make({"confusion": [[0, 14], [0, 186]]}))
    assert found.sentence.endswith("It finds none of the examples of bad (14).")


@pytest.mark.parametrize(
    ("changes", "outcome", "words"),
    [
        ({"difference": {"mean": -0.1, "interval": [-0.2, -0.05]}}, "loses", "does NOT tell more examples right"),
        ({"difference": {"mean": 0.01, "interval": [-0.02, 0.04]}}, "undecided", "which includes zero"),
        ({"difference": None}, "undecided", "their 95 % intervals overlap"),
        ({"baseline": None}, "unknown", "no baseline was scored beside it"),
        ({"n_targets": 100}, "unknown", "different numbers of examples, 100 and 200"),
    ],
)
def test_what_is_not_shown_is_not_said(make: Any, changes: Any, outcome: str, words: str) -> None:
    found = verdict(make(changes))
    assert found.outcome == outcome
    assert words in found.sentence


def test_the_page_shows_scores_confusions_calibration_and_tests(make: Any) -> None:
    page = page_of(make())
    words = said(page)
    for expected in (
        "Macro F1", "AUROC", "Calibration error", "What is taken for what", "How far it can be trusted",
        "good told as bad", "Nats", "Examples, train", "For training: good 600", "Part by part",
    ):  # fmt: skip
        assert expected in words
    assert "per token" not in words
    assert "Probability of a token" not in page
    assert not Outline(page).open
    labels = [attributes["aria-label"] for attributes in Outline(page).all("svg") if "aria-label" in attributes]
    assert "Confusion matrix: 86 of 100 bad told right; 86 of 100 good told right." in labels


def test_samples_say_what_was_told_and_whether_it_is_right(make: Any) -> None:
    words = said(page_of(make()))
    assert "Surest, right. Told as good, 98.0 % sure; right." in words
    assert "Surest, wrong. Told as bad, 90.0 % sure; wrong: it is good." in words


def test_pictures_are_shown_as_pictures(make: Any) -> None:
    sample = {
        "picture": PIXEL,
        "name": "digit 7",
        "sort": "least sure",
        "label": "good",
        "told": "bad",
        "probabilities": {"bad": 0.51},
    }
    page = page_of(make(samples=[sample, {**sample, "picture": "javascript:alert(1)"}], backbone="vit"))
    (image,) = Outline(page).all("img")
    assert image["src"] == PIXEL
    assert "javascript" not in page
    assert "predict(&#34;picture.png&#34;)" in page or 'predict("picture.png")' in said(page)


def test_what_people_wrote_stays_text(make: Any) -> None:
    sample = {"text": HOSTILE, "sort": HOSTILE, "label": HOSTILE, "told": HOSTILE, "probabilities": {HOSTILE: 0.5}}
    folder = make(
        {"classes": [HOSTILE, "good"], "data": {"classes": [HOSTILE, "good"], "class_counts": {"train": [1, 2]}}},
        [sample],
    )
    page = page_of(folder)
    assert "<script>alert" not in page
    assert not [tag for tag, _ in Outline(page).elements if tag == "script"]
    write_model_card(folder)


def test_many_classes_are_listed_by_their_worst_confusions(make: Any) -> None:
    many = [f"class number {i}" for i in range(30)]
    counts = [[5 if i == j else int((i + 1) % 30 == j) for j in range(30)] for i in range(30)]
    words = said(page_of(make({"classes": many, "confusion": counts})))
    assert "class number 29 told as class number 0" in words
    assert "Confusion matrix" not in said(page_of(make({"classes": many * 2, "confusion": [[1] * 60] * 60})))


def test_the_card_lists_metrics_as_a_hub_does(make: Any) -> None:
    card = write_model_card(make()).read_text()
    assert "pipeline_tag: text-classification" in card
    assert 'type: "accuracy"' in card
    assert "value: 0.86" in card
    assert 'split: "test"' in card
    assert "pipeline_tag: image-classification" in write_model_card(make(backbone="vit")).read_text()


def test_a_run_without_a_result_says_so(make: Any) -> None:
    folder = make()
    (folder / "result.json").unlink()
    assert verdict(folder).outcome == "unknown"
    page_of(folder)
