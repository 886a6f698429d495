"""The paragraph says no more than the numbers do."""

from __future__ import annotations

from typing import Any

from quatrain.comparison.verdict import judge


def entrant(word: str, value: float | None, n_runs: int = 3) -> dict[str, Any]:
    failed = "diverged" if value is None else None
    kind = "ngram" if word.startswith("ngram") else "causal_lm"
    interval = None if value is None else [value - 0.01, value + 0.01]
    return {
        "word": word,
        "kind": kind,
        "value": value,
        "interval": interval,
        "runs": [{}] * n_runs,
        "failed": failed,
        "cost": None,
    }


def result(*entrants: dict[str, Any], p: float, seeds: int = 3) -> dict[str, Any]:
    ranking = sorted((e for e in entrants if e["value"] is not None), key=lambda e: float(e["value"]))
    first, second = ranking[:2]
    return {
        "entrants": list(entrants),
        "ranking": [e["word"] for e in ranking],
        "seeds": [0, 1, 2],
        "budget": {"kind": "time"},
        "data": {"kind": "text", "name": "poems.txt", "unit": "nats per token"},
        "crossovers": [],
        "test": {
            "second": second["word"],
            "difference": first["value"] - second["value"],
            "p": p,
            "significant": p < 0.05,
            "seeds": list(range(seeds)),
        },
    }


def test_a_counted_model_in_front_is_not_said_to_have_an_equal_budget() -> None:
    said = judge(result(entrant("ngram:order=4", 1.5, n_runs=1), entrant("lstm", 1.6), p=0.001))
    assert said.startswith("ngram:order=4, counted and not trained, is best on poems.txt: 1.5000 nats per token")
    assert "At equal" not in said
    assert said.endswith("No model is ahead of the n-gram, which is counted in seconds: at this budget, use it.")


def test_an_order_that_was_not_tested_is_told_as_an_order() -> None:
    said = judge(result(entrant("ngram", 1.51, n_runs=1), entrant("lstm", 1.5), entrant("dan", 1.7), p=0.4))
    assert said.startswith("At equal parameters and time, lstm comes out first on poems.txt")
    assert "which is not significant (p = 0.4)" in said
    assert said.endswith("The counted n-gram (1.5100) comes after lstm, and before dan.")


def test_seeds_that_failed_are_counted_and_models_that_failed_named() -> None:
    models = entrant("lstm", 1.5, n_runs=1), entrant("gru", 1.6, n_runs=2), entrant("rnn", None, n_runs=0)
    said = judge(result(*models, p=0.001, seeds=1))
    assert "lstm comes out first" in said
    assert "more than the luck of the text explains (p = 0.001), but the luck of the start is not in this test" in said
    assert said.endswith("Of 3 trainings, fewer came to an end: lstm 1 and gru 2. Without a result: rnn.")


def translator(word: str, value: float, bleu: float) -> dict[str, Any]:
    scores = {"bleu": bleu, "chrf": 50.04, "exact": 0.125}
    return entrant(word, value) | {"scores": {name: {"value": score} for name, score in scores.items()}}


def translations(*entrants: dict[str, Any]) -> str:
    data = {"kind": "pairs", "name": "numbers", "unit": "nats per target token"}
    return judge(result(*entrants, p=0.01) | {"data": data})


def test_translations_are_told_with_their_bleu_and_chrf() -> None:
    said = translations(translator("conv", 1.5, 20.5), translator("hyena", 1.6, 19.96))
    assert said.startswith("At equal parameters and time, conv is best on numbers: 1.5000 nats per target token")
    assert "hyena, is 0.1000 nats per target token (p = 0.01): more than luck explains." in said
    assert said.endswith(
        "Its translations have BLEU 20.5 and chrF 50.0 (12.5% are the reference), those of hyena BLEU 20.0 and chrF "
        "50.0 (12.5% are the reference)."
    )


def test_another_order_by_bleu_is_not_kept_back() -> None:
    said = translations(translator("conv", 1.5, 20.5), translator("hyena", 1.6, 21.0))
    assert said.endswith("By BLEU hyena comes first (21.0), which was not tested: the order is that of the loss.")
