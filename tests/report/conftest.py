"""Run folders as a trainer leaves them, small and made up."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MakeRun = Callable[..., Path]

CONFIG = {
    "format": 1,
    "quatrain": "0.1.0",
    "model": {"kind": "causal_lm", "d_model": 48, "mixer": {"kind": "attention"}},
}
RECIPE = 'seed = 3\n\n[data]\npath = "my poems.txt"\n\n[train]\nsteps = 40\n'
BASELINE = {
    "name": "ngram (order 7)",
    "loss": 1.5,
    "perplexity": 4.4817,
    "bits_per_byte": 2.164,
    "n_targets": 1234,
    "interval": [1.49, 1.51],
}
RESULT = {
    "run": "runs/poems",
    "task": "language",
    "seconds": 86.4,
    "model": {"kind": "causal_lm"},
    "loss": 1.4,
    "perplexity": 4.0552,
    "bits_per_byte": 2.0198,
    "n_targets": 1234,
    "interval": [1.38, 1.42],
    "context": 32,
    "stride": 16,
    "baseline": BASELINE,
    "difference": {"mean": -0.1, "interval": [-0.12, -0.08]},
    "n_parameters": 2_671_104,
    "train_tokens": 40_960,
    "flops": 6.56e11,
    "peak_memory_bytes": 812_345_678,
    "machine": {"cpus": 2, "dtype": "bfloat16", "torch": "2.13.0", "device": "cpu"},
    "data": {
        "name": "my poems.txt",
        "split": "The last tenth is held out.",
        "n_documents": 3,
        "n_bytes": 12_345,
        "n_chars": 12_001,
        "train_tokens": 11_106,
        "val_tokens": 1235,
        "vocab_size": 65,
        "tokenizer": "char",
        "faults": [{"what": "not UTF-8", "where": "my poems.txt, line 7", "count": 2}],
    },
}
SAMPLES = [
    {
        "prompt": "Shall I",
        "text": "Shall I compare\n thee",
        "tokens": [
            {"text": " compare", "logprob": math.log(0.95)},
            {"text": "\n", "logprob": math.log(0.25)},
            {"text": " thee", "logprob": math.log(0.001)},
        ],
    }
]

TRANSLATOR = {
    "format": 1,
    "quatrain": "0.1.0",
    "task": "translate",
    "eos_token": "<|endoftext|>",
    "model": {
        "kind": "encoder_decoder",
        "src_vocab_size": None,
        "encoder": {"n_layers": 3, "mixer": {"kind": "attention"}},
        "decoder": {"n_layers": 2, "mixer": {"kind": "attention"}, "cross": {"kind": "attention"}},
        "bridge": "all",
        "position": {"kind": "sinusoidal", "layout": "halves"},
    },
}


def text_scores(bleu: float, chrf: float, exact: float) -> dict[str, Any]:
    """How near translations come to their references."""
    return {
        "bleu": bleu,
        "bleu_interval": [bleu - 1.5, bleu + 1.5],
        "chrf": chrf,
        "chrf_interval": [chrf - 1, chrf + 1],
        "exact": exact,
        "signature": "nrefs:1|tok:13a",
        "chrf_signature": "nrefs:1|nc:6",
        "n_sentences": 1014,
        "by_length": [
            {"words": [3, 10], "n_sentences": 614, "bleu": bleu + 2, "chrf": chrf + 2},
            {"words": [11, 11], "n_sentences": 400, "bleu": bleu - 2, "chrf": chrf - 2},
        ],
    }


TRANSLATION = {
    **{key: value for key, value in RESULT.items() if key not in ("bits_per_byte", "context", "stride", "difference")},
    **text_scores(36.4, 61.2, 0.062),
    "run": "runs/captions",
    "task": "translate",
    "decoding": {"beam_size": 5, "length_penalty": 0.6, "penalty": "gnmt"},
    "baseline": {
        "name": "translation memory (the target of the most similar source)",
        **text_scores(11.2, 30.1, 0.001),
    },
    "difference": None,
    "beside": [
        {
            **BASELINE,
            "key": "without_source",
            "loss": 3.2,
            "difference": {"mean": -1.8, "interval": [-1.83, -1.77]},
        }
    ],
    "tests": {
        "test_2016": {"loss": 1.42, "perplexity": 4.14, "n_targets": 900, **text_scores(35.1, 60.3, 0.05)},
        "test_2017": {"loss": 1.81, "perplexity": 6.11, "n_targets": 901, **text_scores(29.3, 55.2, 0.03)},
    },
    "data": {
        "name": "captions",
        "sides": ["en", "de"],
        "split": "As given.",
        "n_documents": 31_014,
        "n_bytes": 3_400_000,
        "vocab_size": 4000,
        "notes": ["From en to de, as the file names say."],
    },
}
TRANSLATIONS = [
    {
        "prompt": "A dog runs",
        "text": "Ein Hund läuft",
        "reference": "Ein Hund rennt",
        "tokens": [
            {"text": "Ein", "logprob": math.log(0.95)},
            {"text": " Hund", "logprob": math.log(0.6)},
            {"text": " läuft", "logprob": math.log(0.25)},
            {"text": "<|endoftext|>", "logprob": math.log(0.8)},
        ],
        "alignment": {
            "source": ["A", " dog", " runs", "<|endoftext|>"],
            "target": ["Ein", " Hund", " läuft", "<|endoftext|>"],
            "weights": [[0.8, 0.2, 0, 0], [0.1, 0.7, 0.2, 0], [0, 0.4, 0.6, 0], [0, 0, 0.001, 0.999]],
        },
    },
    {"prompt": "A house", "text": "Ein Haus", "reference": "Ein Haus", "tokens": [], "alignment": None},
]


def training_log(n_steps: int = 40) -> list[dict[str, Any]]:
    """One record a step, a validation and a draft every tenth; losses fall from 4 towards 1."""
    records: list[dict[str, Any]] = []
    for step in range(1, n_steps + 1):
        loss = 1 + 3 * math.exp(-(step - 1) / 10)
        records.append(
            {
                "split": "train",
                "step": step,
                "tokens": 1024 * step,
                "seconds": 2.0 * step,
                "loss": loss,
                "lr": 0.003 * min(1.0, step / 5),
                "grad_norm": 0.5,
                "tokens_per_second": 512.0,
                "memory_bytes": 1_000_000,
            }
        )
        if step % 10 == 0:
            records.append({"split": "val", "step": step, "seconds": 2.0 * step, "loss": loss + 0.25})
            records.append({"split": "sample", "step": step, "text": f"draft {step}\nof thee"})
    return records


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Write a run folder; a file given as None is left out."""

    def write(
        name: str = "poems",
        *,
        config: Any = CONFIG,
        recipe: str | None = RECIPE,
        metrics: list[Any] | None = None,
        result: Any = RESULT,
        samples: list[Any] | None = SAMPLES,
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        if config is not None:
            (folder / "config.json").write_text(json.dumps(config))
        if recipe is not None:
            (folder / "recipe.toml").write_text(recipe)
        lines = training_log() if metrics is None else metrics
        if lines:
            (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        if result is not None:
            (folder / "result.json").write_text(json.dumps(result))
        if samples is not None:
            (folder / "samples.jsonl").write_text("".join(json.dumps(line) + "\n" for line in samples))
        return folder

    return write


@pytest.fixture
def finished() -> dict[str, Any]:
    """A result that may be changed."""
    return json.loads(json.dumps(RESULT))


@pytest.fixture
def make_translation(make_run: MakeRun) -> MakeRun:
    """Write the folder of a translator."""

    def write(name: str = "captions", **files: Any) -> Path:
        return make_run(name, **{"config": TRANSLATOR, "result": TRANSLATION, "samples": TRANSLATIONS, **files})

    return write


@pytest.fixture
def translated() -> dict[str, Any]:
    """The result of a translator, which may be changed."""
    return json.loads(json.dumps(TRANSLATION))


@pytest.fixture
def make_comparison(tmp_path: Path) -> Callable[..., Path]:
    """Write the folder of a comparison."""

    def write(found: Any, name: str = "compared") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "compare.json").write_text(found if isinstance(found, str) else json.dumps(found))
        return folder

    return write
