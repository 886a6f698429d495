"""A run is judged by a test part on which something stands beside it, whatever it was trained for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from quatrain.report import write_model_card, write_report
from quatrain.report.faces import FACES, read_run

from .outline import said

SCORES: dict[str, Any] = {
    "loss": 1.0, "interval": [0.9, 1.1], "perplexity": 2.7, "n_targets": 100, "accuracy": 0.5, "f1": 0.5,
    "n_entities": 9, "bleu": 0.5, "bleu_interval": [0.9, 1.1], "n_sentences": 7, "mse": 1.0, "mae": 0.5,
}  # fmt: skip
"""What any task looks at."""
OTHER = {**SCORES, "key": "other", "name": "one that is counted"}
WORSE, BETTER = ({"mean": mean, "interval": [mean - 0.1, mean + 0.1]} for mean in (-0.5, 0.5))
"""By accuracy and the like; by a loss the other way round."""
PARTS = [
    (OTHER, "test part"),
    (None, "validation part"),
]
"""What stands beside it on the test part, and which part it is then judged by."""


@pytest.fixture
def make(tmp_path: Path) -> Any:
    def write(task: str, beside: dict[str, Any] | None) -> Path:
        on_test = {**SCORES, "baseline": beside, "difference": BETTER if beside else None, "n_targets": 100}
        result = {**SCORES, "baseline": OTHER, "difference": WORSE, "tests": {"test": on_test, "later": SCORES}}
        config = {"format": 1, "task": task, "model": {"kind": "made up"}}
        (tmp_path / "config.json").write_text(json.dumps(config))
        (tmp_path / "result.json").write_text(json.dumps(result))
        return tmp_path

    return write


@pytest.mark.parametrize("task", FACES)
@pytest.mark.parametrize(("beside", "part"), PARTS)
def test_the_page_and_the_card_say_which(make: Any, task: str, beside: Any, part: str) -> None:
    folder = make(task, beside)
    page, card = said(write_report(folder).read_text(encoding="utf-8")), write_model_card(folder).read_text("utf-8")
    for text in (page, card):
        assert f"the {part}, by which" in text
        assert "one that is counted" in text
    assert "Part by part" in page


@pytest.mark.parametrize("task", sorted({*FACES} - {"translate"}))  # whose verdict is by intervals of BLEU
def test_the_verdict_is_of_that_part(make: Any, task: str) -> None:
    outcomes = []
    for beside, _ in PARTS:
        face, run = read_run(make(task, beside))
        outcomes.append(face.verdict(run).outcome)
    assert sorted(outcomes) == ["beats", "loses"]
