"""The paragraph says no more than the numbers do."""

from __future__ import annotations

from typing import Any

from quatrain.comparison.verdict import judge


def entrant(word: str, value: float | None, n_runs: int = 3) -> dict[str, Any]:
    failed = "diverged" if value is None else None
    kind = word.partition(":")[0] if word.startswith(("ngram", "baseline")) else "causal_lm"
    interval = None if value is None else [value - 0.01, value + 0.01]
    return {
        "word": word,
        "kind": kind,
        "value": value,
        "interval": interval,
        "runs": [{"steps": 900}] * n_runs,
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


def test_a_budget_that_gave_hardly_any_updates_is_said_to_be_too_small() -> None:
    slow = entrant("hyena", 2.5) | {"runs": [{"steps": 60}, {"steps": 1}]}
    said = judge(result(entrant("lstm", 1.5), slow, p=0.001))
    assert "The budget is too small to judge by; updates made: hyena 1." in said
    found = result(entrant("lstm", 1.5), slow, p=0.001) | {"budget": {"kind": "params"}}
    assert "too small" not in judge(found), "so many updates were asked for"


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


def example(word: str, value: float, solution: dict[str, Any] | None = None, **scores: float) -> dict[str, Any]:
    beside = {name: {"value": score} for name, score in scores.items()}
    return entrant(word, value) | {"solution": solution or {}, "scores": beside}


def judged(kind: str, *entrants: dict[str, Any], better: str = "higher", **data: Any) -> str:
    found = result(*entrants, p=0.01)
    if better == "higher":
        best, second, *_ = ranked = sorted(entrants, key=lambda one: -float(one["value"]))
        found["ranking"] = [one["word"] for one in ranked]
        found["test"] |= {"second": second["word"], "difference": best["value"] - second["value"]}
    about = {"kind": kind, "name": "reviews", "unit": "", "items": "examples", "row": "text", **data}
    return judge(found | {"data": about})


METHOD = {"method": "naive Bayes on words"}


def test_classes_are_told_with_their_scores_the_baseline_and_guessing() -> None:
    models = example("lstm", 0.85, macro_f1=0.84, auroc=0.912), example("baseline", 0.8, METHOD), example("dan", 0.7)
    said = judged("classify", *models, chance=0.51)
    assert said.startswith("At equal parameters and time, lstm is best on reviews: 85.0% accuracy (95 % interval 84.0")
    assert "Its lead over the second, baseline, is 5 points (p = 0.01)" in said
    assert said.endswith(
        "lstm has macro F1 84.0% and AUROC 0.912. The baseline (naive Bayes on words, 80.0%) comes after lstm, and "
        "before dan. Always telling the commonest class is right in 51.0%."
    )


def test_a_baseline_that_comes_later_is_tested_against_too() -> None:
    models = example("lstm", 0.85), example("dan", 0.84), example("baseline", 0.8, METHOD)
    found = result(*models, p=0.4) | {"ranking": ["lstm", "dan", "baseline"]}
    found["test"] |= {"second": "dan", "difference": 0.01}
    found["counted_test"] = {**found["test"], "second": "baseline", "difference": 0.05, "p": 0.003, "significant": True}
    about = {"kind": "classify", "name": "reviews", "unit": "", "items": "examples", "row": "text", "chance": 0.5}
    said = judge(found | {"data": about})
    assert "Its lead over the second, dan, is 1 points, which is not significant (p = 0.4)" in said
    assert "The lead of lstm over what is counted, baseline, is 5 points (p = 0.003): more than luck explains." in said


def test_a_baseline_in_front_is_said_to_be_of_more_use() -> None:
    said = judged("classify", example("baseline", 0.9, METHOD), example("dan", 0.7), chance=0.5)
    assert said.startswith("baseline, counted and not trained, is best on reviews: 90.0% accuracy")
    assert "No model is ahead of what is counted in seconds (naive Bayes on words): at this budget, use that." in said


def test_entities_are_told_by_f1_and_forecasts_by_their_squared_error() -> None:
    said = judged("tag", example("tagger", 0.451, precision=0.5, recall=0.4), example("gru", 0.4))
    assert "tagger is best on reviews: entity F1 45.1 (95 % interval 44.1 to 46.1)." in said
    assert "tagger has precision 50.0% and recall 40.0%." in said
    models = example("patch", 0.4, mae=0.3), example("lstm", 0.5)
    said = judged("forecast", *models, better="lower", row="window", items="windows")
    assert "patch is best on reviews: a squared error of 0.4000 (95 % interval 0.3900 to 0.4100)." in said
    assert "patch has mean absolute error 0.3000." in said


def test_a_model_of_a_size_of_its_own_is_not_called_equal() -> None:
    said = judged("forecast", example("dlinear", 0.4, {"deviation": -0.43}), example("lstm", 0.5), better="lower")
    assert said.startswith(
        "dlinear, which has no width to solve for and is 43.0% below the size of the others, is best on"
    )
    near = judged("forecast", example("dlinear", 0.4, {"deviation": 0.05}), example("lstm", 0.5), better="lower")
    assert near.startswith("At equal parameters and time, dlinear is best")


def test_hidden_tokens_are_told_in_nats() -> None:
    models = example("encoder", 3.2, accuracy=0.41), example("baseline", 3.5, {"method": "counted neighbours"})
    said = judged("masked", *models, better="lower", unit="nats per hidden token", items="hidden tokens")
    assert "encoder is best on reviews: 3.2000 nats per hidden token" in said
    assert said.endswith("encoder has accuracy 41.0%. The baseline (counted neighbours, 3.5000) comes after encoder.")
