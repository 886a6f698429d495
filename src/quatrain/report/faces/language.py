"""Runs of a language model: it continues a text."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, ClassVar

from markupsafe import Markup

from quatrain.report import commands
from quatrain.report.charts import Level
from quatrain.report.commands import Step
from quatrain.report.faces._base import Face, Metric, ScoreView, finite, is_finite, side_by_side
from quatrain.report.facts import Row, Table, difference_in_words, row, size_rows
from quatrain.report.folder import VALIDATION, Other, Part, Result, RunFacts, Sample, Score
from quatrain.report.quantities import count, decimal, interval, short
from quatrain.report.samples import Samples, SampleView, coloured, plain, token_rows, tokens_in_words
from quatrain.report.verdict import Verdict, by_loss, loss_in_words, unscored, without_baseline


class LanguageScore(Score):
    """How well held-out text is predicted."""

    bits_per_byte: float | None = None


class Baseline(LanguageScore, Other):
    """The n-gram model beside the run's own."""

    name: str = "n-gram"


class LanguagePart(LanguageScore, Part[Baseline]):
    """How well a part is predicted; differences are nats per token."""


class LanguageResult(Result, LanguagePart):
    """result.json of a language model."""

    context: int | None = None
    stride: int | None = None
    tests: Mapping[str, LanguagePart] = {}

    @property
    def final(self) -> LanguagePart:
        """The part it is judged by."""
        return self.tests.get(self.judged_by, self)


Run = RunFacts[LanguageResult, Sample]

SHOWN = Markup(
    'Written by the finished model after the <b class="prompt">prompt</b>. The stronger the colour, the less '
    "likely the model held the token; point at or tap one to read its probability."
)


class LanguageFace(Face[LanguageResult, Sample]):
    """Continues a text, token by token; its baseline is an n-gram of the same text."""

    task: ClassVar[str] = "language"
    result_kind = LanguageResult
    sample_kind = Sample
    reading: ClassVar[str] = (
        "On text held out from training. Lower is better: a loss of one nat per token means that the right token gets, "
        "in the geometric mean, a probability of 1/e or 37 %."
    )
    pipeline: ClassVar[str] = "text-generation"
    tags: ClassVar[tuple[str, ...]] = ("language-model",)
    purpose: ClassVar[str] = "It continues a text, token by token."
    limits: ClassVar[tuple[str, ...]] = (
        "It knows nothing but the text it was trained on: it repeats that text's errors and opinions, and may repeat "
        "passages of it word for word.",
        "What it writes is not checked and may be untrue. The scores above say how well it predicts text like its own, "
        "not how useful or how safe it is.",
        "On text of another kind, language or spelling its predictions are worse than these scores say.",
    )

    def verdict(self, run: Run) -> Verdict:
        """Whether it beats the n-gram."""
        result = run.result
        if result is None:
            return unscored(run, "held-out text")
        if not is_finite(result.loss):
            return Verdict("unknown", "No score", f"Loss of this model on held-out text: {decimal(result.loss)}.")
        score = result.final
        if run.is_counted or score.baseline is None or score.baseline.loss is None:
            return _alone(run, score)
        return by_loss(score, score.baseline, score.difference, score.baseline.name, "nats per token")

    def scores(self, run: Run, result: LanguageResult) -> ScoreView:
        """Loss and what follows from it, the baseline beside the model."""
        score = result.final
        scores: dict[str, LanguageScore] = {"this model": score, **{other.name: other for other in score.others}}
        missing = "" if score.baseline or run.is_counted else "No baseline was scored beside this model."
        notes = (difference_in_words(score.difference), _context_in_words(result), missing)
        return ScoreView(
            part=result.judged_by,
            table=_table(scores),
            intervals=side_by_side(
                {name: (one.loss, one.interval) for name, one in scores.items()}, "Losses", "nats per token"
            ),
            notes=[note for note in notes if note],
            parts=_table({VALIDATION: result, **result.tests}).turned("Part") if result.tests else None,
        )

    def metrics(self, result: LanguageResult) -> dict[str, list[Metric]]:
        """Loss, perplexity and bits per byte."""
        parts: dict[str, LanguageScore] = {VALIDATION: result, **result.tests}
        return {
            part: finite(
                [
                    ("loss", "Loss (nats per token)", score.loss),
                    ("perplexity", "Perplexity", score.perplexity),
                    ("bits_per_byte", "Bits per byte", score.bits_per_byte),
                ]
            )
            for part, score in parts.items()
        }

    def levels(self, result: LanguageResult) -> list[Level]:
        """The loss of the n-gram."""
        baseline = result.baseline
        if baseline is None or baseline.loss is None or not is_finite(baseline.loss):
            return []
        return [Level(baseline.name, "level", baseline.loss)]

    def samples(self, run: Run) -> Samples:
        """Each prompt with what the model wrote after it."""
        return Samples(SHOWN, [_view(sample, run.eos_token) for sample in run.samples])

    def data_rows(self, run: Run, result: LanguageResult) -> list[Row]:
        """Documents, size, tokens."""
        data = result.data
        return [
            row("Data", data.name),
            row("Documents", count(data.n_documents)),
            *size_rows(result),
            row("Tokens known", count(data.vocab_size)),
        ]

    def steps(self, run: Run, place: str) -> list[Step]:
        """Write, score, export where a family of Transformers can hold the model, use from Python."""
        prompt = commands.prompt_of(run, commands.PROMPT)
        return [
            Step("Write with it", f"quatrain generate {shlex.quote(place)} {shlex.quote(prompt)}"),
            commands.evaluate(run, place),
            *([commands.export(place)] if _has_family(run) else []),
            commands.python(place, f"run.generate({prompt!r})"),
        ]


def _alone(run: Run, part: LanguagePart) -> Verdict:
    score = f"{loss_in_words(part)} nats per token on held-out text"
    if run.is_counted:
        return Verdict("unknown", "The baseline itself", f"This is an n-gram, itself the baseline: it pays {score}.")
    return without_baseline(f"pays {score}")


def _table(named: Mapping[str, LanguageScore]) -> Table:
    """The measures of some scores, a column each."""
    scores = list(named.values())
    rows = [
        Row("Loss, nats per token", tuple(decimal(score.loss) for score in scores)),
        Row("95 % interval of the loss", tuple(interval(score.interval) for score in scores)),
        Row("Perplexity", tuple(short(score.perplexity) for score in scores)),
        Row("Bits per byte", tuple(decimal(score.bits_per_byte) for score in scores)),
        Row("Targets scored", tuple(count(score.n_targets) for score in scores)),
    ]
    return Table("Measure", tuple(named), rows)


def _context_in_words(result: LanguageResult) -> str:
    """How much text the model saw before each scored token."""
    if result.context is None:
        return ""
    words = f"Scored with a context of {count(result.context)} tokens"
    if result.stride is not None:
        words += f", moved on by {count(result.stride)} at a time"
    return words + "; every target of the held-out text counts once."


def _view(sample: Sample, eos_token: str) -> SampleView:
    prompt = Markup('<b class="prompt">{}</b>').format(plain(sample.prompt))
    text = coloured(sample.tokens, eos_token) if sample.tokens else plain(sample.text.removeprefix(sample.prompt))
    texts = [("prompt and continuation", prompt + text)]
    return SampleView(texts, token_rows(sample.tokens), tokens_in_words(sample.tokens))


def _has_family(run: RunFacts[Any, Any]) -> bool:
    """Whether it may be exported: an n-gram, and a Transformer that looks n-grams up, have no family there."""
    embedding = run.model.get("embedding")
    looks_up = isinstance(embedding, dict) and embedding.get("kind") == "ngram"
    return not run.is_counted and not looks_up
