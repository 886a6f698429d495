"""Comparisons as the engine leaves them, small and made up."""

from __future__ import annotations

import math
from typing import Any

LENGTHS = [64, 128, 256, 512, 1024, 2048, 4096]
LOSSES = {
    "transformer": 1.512,
    "lstm": 1.548,
    "gru": 1.561,
    "rnn": 1.702,
    "conv": 1.583,
    "hyena": 1.524,
    "linear": 1.571,
    "dan": 2.417,
    "mlp": 2.389,
}


def trained(word: str, place: int, value: float, seeds: list[int], metric: str = "loss") -> dict[str, Any]:
    """An entrant that learned; the later in the list, the fewer tokens it saw."""
    speed = 20_000 / (1 + place)
    runs = []
    for seed in seeds:
        loss = value + 0.01 * (seed - 1) if metric == "loss" else 3 * (1 - value) + 0.01
        curve = [
            [15.0 * n, round(15 * n * speed), loss + (4.17 - loss) * math.exp(-n / (2 + place / 5))]
            for n in range(1, 21)
        ]
        score = loss if metric == "loss" else value + 0.001 * (seed - 1)
        runs.append(
            {
                "seed": seed,
                "folder": f"runs/{word}-{seed}",
                "value": score,
                "loss": loss,
                "steps": 5312,
                "tokens": round(300 * speed),
                "seconds": 300.0,
                "curve": curve,
            }
        )
    power = 2.0 if word == "transformer" else 1.05
    scale = 2e-5 if word == "transformer" else 4e-4 * (1 + place / 4)
    training = [scale * (1 + place / 20) * length**power / 10 for length in LENGTHS]
    decoding = [
        2e-4 * (1 + place / 9) * (1 + (length / 900 if word in ("transformer", "hyena") else 0)) for length in LENGTHS
    ]
    return {
        "word": word,
        "kind": "causal_lm",
        "solution": {"d_model": 112 + 16 * place, "d_ff": 431, "n_layers": 4},
        "n_parameters": 811_234 + 512 * place,
        "flops_per_token": 4_900_000 + 31_000 * place,
        "reach": 189 if word == "conv" else 1 if word == "mlp" else None,
        "state_bytes": {"64": 57_344 * (1 + place), "4096": 3_670_016 if word == "transformer" else 57_344},
        "search": [
            {"factor": factor, "lr": 0.01 * factor, "loss": loss + 0.4}
            for factor, loss in ((0.33, value + 0.1), (1.0, value), (3.0, value + 0.3))
        ],
        "factor": 3.0 if word == "rnn" else 1.0,
        "runs": runs,
        "value": value,
        "interval": [value - 0.012, value + 0.014],
        "solves": None,
        "natural": False,
        "cost": {
            "lengths": LENGTHS,
            "training": training,
            "memory": [length * 40_000 * (1 + place / 3) + (length**2 * 16 if place == 0 else 0) for length in LENGTHS],
            "forward": [time / 3 for time in training],
            "decoding": decoding,
            "exponent": power,
        },
        "failed": None,
    }


def without_result(word: str, reason: str) -> dict[str, Any]:
    """An entrant that came to nothing."""
    entrant = trained(word, 9, 1.0, [])
    return entrant | {"search": [], "factor": None, "value": None, "interval": None, "cost": None, "failed": reason}


def counted(value: float) -> dict[str, Any]:
    """The n-gram: no search, no curve, no cost, one run."""
    run = {"seed": 0, "folder": "runs/ngram-0", "value": value, "loss": value, "steps": 0, "tokens": 0, "seconds": 2.5}
    return trained("ngram", 9, value, []) | {
        "kind": "ngram",
        "solution": {"order": 7},
        "search": [],
        "factor": None,
        "runs": [run | {"curve": []}],
        "reach": 6,
        "cost": None,
    }


def of_text() -> dict[str, Any]:
    """Ten models and one that failed, three seeds, a clear first."""
    seeds = [0, 1, 2]
    entrants = [trained(word, place, value, seeds) for place, (word, value) in enumerate(LOSSES.items())]
    entrants += [counted(1.738), without_result("delta", "the loss was not finite at every rate tried")]
    ranking = sorted([*LOSSES, "ngram"], key=lambda word: {**LOSSES, "ngram": 1.738}[word])
    return {
        "format": 1,
        "quatrain": "0.1.0",
        "seconds": 8134.2,
        "command": "quatrain compare input.txt --models transformer,lstm --budget time=300 --seeds 3",
        "data": {
            "kind": "text",
            "name": "input.txt",
            "title": "the next token of input.txt (char, 66 tokens)",
            "split": "The last tenth is held out.",
            "metric": "loss",
            "unit": "nats per token",
            "better": "lower",
            "chance": None,
            "vocab_size": 66,
            "n_items": 111_539,
            "items": "tokens",
            "seq_len": 64,
            "natural": [],
            "reason": None,
        },
        "budget": {
            "kind": "time",
            "amount": 300.0,
            "sentence": "Every model has about 811,000 parameters and 5 min a seed, the search included.",
            "size": 811_000.0,
            "steps": None,
        },
        "seeds": seeds,
        "search": {
            "factors": [0.33, 1.0, 3.0],
            "share": 0.2,
            "sentence": "Every model tried 0.33, 1, 3 times the recipe's learning rate with seed 0, in 20% of its "
            "budget together, and kept the one with the lowest validation loss.",
        },
        "machine": {"cpus": 2, "threads": 1, "jobs": 2, "torch": "2.13.0", "device": "cpu"},
        "entrants": entrants,
        "ranking": ranking,
        "test": {
            "best": "transformer",
            "second": "hyena",
            "difference": -0.012,
            "interval": [-0.019, -0.005],
            "p": 0.004,
            "significant": True,
            "sentence": "A paired t-test of the difference on the same tokens, in 871 blocks, over 3 seeds.",
        },
        "crossovers": [
            {"slow": "transformer", "fast": "hyena", "length": 412.3, "of": "training"},
            {"slow": "transformer", "fast": "lstm", "length": 64.0, "of": "training"},
            {"slow": "transformer", "fast": "mlp", "length": None, "of": "training"},
        ],
        "verdict": "At equal parameters and time, transformer is best on input.txt: 1.5120 nats per token (95 % "
        "interval 1.5000 to 1.5260). Its lead over the second, hyena, is 0.0120 nats per token (p = 0.004): more "
        "than luck explains. The counted n-gram (1.7380) is beaten by transformer, hyena, lstm, gru, linear, conv "
        "and rnn, and is better than mlp and dan. Without a result: delta.",
    }


def of_task() -> dict[str, Any]:
    """A task with a chance level, in which two models tie."""
    values = {"transformer": 0.997, "hyena": 0.995, "lstm": 0.62, "dan": 0.071}
    entrants = []
    for place, (word, value) in enumerate(values.items()):
        entrant = trained(word, place, value, [0, 1, 2], "accuracy")
        low, high = max(value - 0.02, 0.0), min(value + 0.02, 1.0)
        natural = word in ("transformer", "hyena")
        entrants.append(entrant | {"interval": [low, high], "solves": value >= 0.99, "natural": natural})
    base = of_text()
    return base | {
        "command": "quatrain compare recall --models transformer,hyena,lstm,dan --budget params=250000 --seeds 3",
        "data": base["data"]
        | {
            "kind": "task",
            "name": "recall",
            "title": "recall the value that followed a key",
            "metric": "accuracy",
            "unit": "",
            "better": "higher",
            "chance": 0.067,
            "items": "examples",
            "n_items": 512,
            "natural": ["transformer", "hyena"],
            "reason": "The value stands anywhere before, so random access is needed.",
        },
        "entrants": entrants,
        "ranking": list(values),
        "test": {
            "best": "transformer",
            "second": "hyena",
            "difference": 0.002,
            "interval": [-0.004, 0.008],
            "p": 0.51,
            "significant": False,
            "sentence": "A paired t-test of the difference on the same examples, in 512 blocks, over 3 seeds.",
        },
        "crossovers": [],
        "verdict": "At equal parameters and updates, transformer comes out first on recall: 99.7% accuracy. Its lead "
        "over the second, hyena, is 0.2 points, which is not significant (p = 0.51): the two cannot be told apart.",
    }


def of_pairs() -> dict[str, Any]:
    """Three translators, with BLEU and chrF of each seed and by length of the source."""
    entrants = []
    for place, (word, value, bleu) in enumerate(
        (("translator", 2.114, 31.24), ("lstm-attention", 2.231, 28.9), ("lstm-bottleneck", 2.702, 12.35))
    ):
        entrant = trained(word, place, value, [0, 1, 2])
        runs = [run | {"bleu": bleu + run["seed"] - 1, "chrf": bleu + 20} for run in entrant["runs"]]
        scores = {
            "bleu": {"value": bleu, "interval": [bleu - 1.5, bleu + 1.5]},
            "chrf": {"value": bleu + 20, "interval": [bleu + 19, bleu + 21]},
            "exact": {"value": 0.031, "interval": None},
        }
        by_length = [
            {"words": [low, low + 4], "n_sentences": 120, "bleu": bleu - place * low / 2, "chrf": bleu + 20}
            for low in (2, 7, 12)
        ]
        entrants.append(entrant | {"runs": runs, "scores": scores, "by_length": by_length})
    base = of_text()
    return base | {
        "command": "quatrain compare train.en train.de --models translator,lstm-attention,lstm-bottleneck",
        "data": base["data"]
        | {
            "kind": "pairs",
            "name": "sentences",
            "title": "de from en, sentences (bpe, 4,096 tokens)",
            "unit": "nats per target token",
            "items": "target tokens",
        },
        "entrants": entrants,
        "ranking": [entrant["word"] for entrant in entrants],
        "test": base["test"] | {"best": "translator", "second": "lstm-attention", "difference": -0.117},
        "crossovers": [{"slow": "translator", "fast": "lstm-attention", "length": 900.0, "of": "training"}],
        "verdict": "At equal parameters and time, translator is best on sentences: 2.1140 nats per target token.",
    }


def baseline(value: float, method: str, loss: float | None = None) -> dict[str, Any]:
    """What the objective counts by itself: no size, no run to open."""
    run = {"seed": 0, "folder": None, "value": value, "loss": loss, "steps": 1, "tokens": 900, "seconds": 1.5}
    entrant = trained("baseline", 8, value, [])
    for name in ("reach", "state_bytes", "cost"):
        del entrant[name]
    return entrant | {
        "kind": "baseline",
        "solution": {"method": method},
        "n_parameters": None,
        "flops_per_token": None,
        "search": [],
        "factor": None,
        "runs": [run | {"curve": []}],
        "scores": {},
    }


def of_classes() -> dict[str, Any]:
    """Two classifiers of texts and the baseline, which is second; nothing writes."""
    entrants = []
    for place, (word, value) in enumerate({"lstm": 0.832, "dan": 0.795}.items()):
        entrant = trained(word, place, value, [0, 1, 2], "accuracy")
        for name in ("reach", "state_bytes"):
            del entrant[name]
        del entrant["cost"]["decoding"]
        scores = {"macro_f1": {"value": value - 0.01, "interval": [value - 0.03, value + 0.01]}}
        entrants.append(entrant | {"kind": "classifier", "scores": scores})
    entrants[1]["solution"] = {"d_model": 47, "n_layers": 0, "deviation": 0.0123}
    entrants.append(baseline(0.81, "logistic regression on words", 0.43))
    base = of_text()
    return base | {
        "command": "quatrain compare reviews.tsv --models lstm,dan,baseline --budget time=300 --seeds 3",
        "data": base["data"]
        | {
            "kind": "classify",
            "name": "reviews",
            "title": "the class of a text of reviews (2 classes; word, 900 tokens)",
            "metric": "accuracy",
            "unit": "",
            "better": "higher",
            "chance": 0.512,
            "items": "examples",
            "n_items": 872,
            "row": "text",
            "target": "an example",
            "targets": "examples",
            "loss_unit": "nats per example",
            "fault": "share of errors",
        },
        "entrants": entrants,
        "ranking": ["lstm", "baseline", "dan"],
        "test": base["test"] | {"best": "lstm", "second": "baseline", "difference": 0.022},
        "crossovers": [],
        "verdict": "At equal parameters and time, lstm is best on reviews: 83.2% accuracy.",
    }


def of_forecasts() -> dict[str, Any]:
    """A linear map as it is, a recurrent network, and the last value; no cost is measured."""
    entrants = []
    for place, (word, value) in enumerate({"dlinear": 0.412, "lstm": 0.455}.items()):
        entrant = trained(word, place, value, [0, 1, 2])
        for name in ("reach", "state_bytes", "cost"):
            del entrant[name]
        scores = {"mae": {"value": value / 2, "interval": None}}
        entrants.append(entrant | {"kind": "forecaster", "scores": scores})
    entrants[0]["solution"] = {"deviation": -0.43}
    entrants.append(baseline(0.61, "last value") | {"scores": {"mae": {"value": 0.4, "interval": None}}})
    base = of_text()
    data = {name: value for name, value in base["data"].items() if name != "vocab_size"}
    return base | {
        "data": data
        | {
            "kind": "forecast",
            "name": "loads",
            "title": "the next 24 rows of load, loads, after 96 rows",
            "metric": "mse",
            "unit": "",
            "items": "windows",
            "n_items": 2857,
            "seq_len": 96,
            "horizon": 24,
            "row": "window",
            "target": "a value",
            "targets": "values",
            "loss_unit": "error per value",
            "fault": "squared error",
        },
        "entrants": entrants,
        "ranking": ["dlinear", "lstm", "baseline"],
        "test": base["test"] | {"best": "dlinear", "second": "lstm", "difference": -0.043},
        "crossovers": [],
        "verdict": "dlinear is best on loads.",
    }


def of_one_seed() -> dict[str, Any]:
    """Two models trained once each, without a significant difference."""
    base = of_text()
    return base | {
        "seeds": [0],
        "entrants": [trained("lstm", 0, 1.548, [0]), trained("gru", 1, 1.551, [0])],
        "ranking": ["lstm", "gru"],
        "test": base["test"]
        | {
            "best": "lstm",
            "second": "gru",
            "difference": -0.003,
            "interval": [-0.01, 0.004],
            "p": 0.4,
            "significant": False,
        },
        "crossovers": [],
        "verdict": "At equal parameters and time, lstm comes out first on input.txt. Its lead over the second, gru, is "
        "0.0030 nats per token, which is not significant (p = 0.4). This is one seed.",
    }
