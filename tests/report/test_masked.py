"""The page and the card of a masked language model: its verdict, scores and samples."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quatrain.report import write_model_card, write_report
from quatrain.report.faces import read_run
from quatrain.report.verdict import Verdict

from .outline import HOSTILE

SCORE = {
    "loss": 3.2,
    "perplexity": 24.5,
    "accuracy": 0.41,
    "n_targets": 900,
    "interval": [3.1, 3.3],
    "accuracy_interval": [0.38, 0.44],
}
COUNTED = {**SCORE, "name": "counted neighbours", "loss": 3.9, "interval": [3.8, 4.0], "accuracy": 0.3}
RESULT = {
    "task": "masked",
    **SCORE,
    "next_sentence": {"accuracy": 0.81, "interval": [0.77, 0.85], "chance": 0.52, "n_pairs": 320},
    "baseline": COUNTED,
    "difference": {"mean": -0.7, "interval": [-0.75, -0.65]},
    "beside": [{**COUNTED, "name": "token frequencies", "loss": 6.1, "interval": [6.0, 6.2]}],
    "tests": {"test": SCORE},
    "data": {"name": "poems.txt", "vocab_size": 512},
}
SAMPLE = {
    "prompt": f"rough [MASK] {HOSTILE}",
    "text": f"rough winds {HOSTILE}",
    "places": [[{"text": "winds", "probability": 0.5}, {"text": HOSTILE, "probability": 0.1}]],
    "answers": ["winds"],
}
Make = Callable[..., Path]


@pytest.fixture
def make_masked(tmp_path: Path) -> Make:
    """A run folder; `changes` are of its result, None leaves the result out."""

    def make(changes: dict[str, Any] | None = None, *, scored: bool = True) -> Path:
        folder = tmp_path / "masked"
        folder.mkdir()
        about = {"format": 1, "quatrain": "0.1.0", "task": "masked", "model": {"kind": "masked_lm"}}
        (folder / "config.json").write_text(json.dumps(about), encoding="utf-8")
        if scored:
            (folder / "result.json").write_text(json.dumps({**RESULT, **(changes or {})}), encoding="utf-8")
        (folder / "samples.jsonl").write_text(json.dumps(SAMPLE) + "\n", encoding="utf-8")
        return folder

    return make


def verdict(folder: Path) -> Verdict:
    face, run = read_run(folder)
    return face.verdict(run)


def test_cheaper_than_counted_neighbours_beats_the_baseline(make_masked: Make) -> None:
    said = verdict(make_masked())
    assert (said.outcome, said.headline) == ("beats", "Beats the baseline")
    assert said.sentence == (
        "This model beats its baseline, counted neighbours, by 0.7000 nats per hidden token (95 % interval 0.6500 to "
        "0.7500): 3.2000 (3.1000 to 3.3000) against 3.9000 (3.8000 to 4.0000)."
    )


@pytest.mark.parametrize(
    ("changes", "outcome", "words"),
    [
        ({"difference": {"mean": 0.2, "interval": [0.1, 0.3]}}, "loses", "does NOT beat its baseline"),
        ({"difference": {"mean": 0.0, "interval": [-0.1, 0.1]}}, "undecided", "is not shown to beat its baseline"),
        ({"baseline": None}, "unknown", "no baseline was scored beside it"),
    ],
)
def test_nothing_is_praised_that_is_not_shown(
    make_masked: Make, changes: dict[str, Any], outcome: str, words: str
) -> None:
    said = verdict(make_masked(changes))
    assert said.outcome == outcome
    assert words in said.sentence


def test_a_run_without_a_result_says_so(make_masked: Make) -> None:
    assert verdict(make_masked(scored=False)).headline == "Not finished"


def test_the_page_and_the_card_show_scores_pairs_and_samples(make_masked: Make) -> None:
    folder = make_masked()
    page = write_report(folder).read_text(encoding="utf-8")
    card = write_model_card(folder).read_text(encoding="utf-8")
    for text in ("counted neighbours", "token frequencies", "41.0 %", "81.0 % told", "52.0 % being chance"):
        assert text in page, text
        assert text in card, text
    assert "1 of 1 hidden tokens told." in page
    assert "quatrain predict" in page
    assert "pipeline_tag: fill-mask" in card


def test_text_of_others_is_shown_and_does_not_act(make_masked: Make) -> None:
    page = write_report(make_masked()).read_text(encoding="utf-8")
    assert HOSTILE not in page
