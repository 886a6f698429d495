"""Runs of a masked language model: it tells hidden tokens, and gives vectors of texts."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from typing import ClassVar

from markupsafe import Markup

from quatrain.report import commands
from quatrain.report.charts import Level
from quatrain.report.commands import Step
from quatrain.report.faces._base import Face, Metric, ScoreView, finite, is_finite, side_by_side
from quatrain.report.facts import Row, Table, difference_in_words, row, size_rows
from quatrain.report.folder import VALIDATION, Other, Part, Record, Result, RunFacts, Sample, Score
from quatrain.report.quantities import count, decimal, interval, percent, short
from quatrain.report.samples import Samples, SampleView, TokenRow, plain
from quatrain.report.verdict import Verdict, by_loss, loss_in_words, unscored, without_baseline


class NextScore(Record):
    """How well it is told whether one text follows on another."""

    accuracy: float | None = None
    interval: tuple[float, float] | None = None
    chance: float | None = None
    n_pairs: int | None = None


class MaskedScore(Score):
    """How well hidden tokens are told."""

    accuracy: float | None = None
    accuracy_interval: tuple[float, float] | None = None
    next_sentence: NextScore | None = None


class Counted(MaskedScore, Other):
    """What was counted beside the model."""

    name: str = "counted neighbours"


class MaskedPart(MaskedScore, Part[Counted]):
    """How well the hidden tokens of a part are told; differences are nats per hidden token."""


class MaskedResult(Result, MaskedPart):
    """result.json of a masked language model."""

    tests: Mapping[str, MaskedPart] = {}

    @property
    def final(self) -> MaskedPart:
        """The part it is judged by."""
        return self.tests.get(self.judged_by, self)


class Guess(Record):
    """A token that may stand in a hidden place."""

    text: str
    probability: float


class MaskedSample(Sample):
    """A text with what the model thinks of its hidden places."""

    places: tuple[tuple[Guess, ...], ...] = ()
    answers: tuple[str, ...] = ()
    """What stood there."""


Run = RunFacts[MaskedResult, MaskedSample]

SHOWN = Markup(
    "Texts held out from training, with some tokens hidden, and with the model's likeliest guess in each place."
)
PROMPT = "Once upon a [MASK]."


class MaskedFace(Face[MaskedResult, MaskedSample]):
    """Tells hidden tokens; beside it stands what is counted of each token's two neighbours."""

    task: ClassVar[str] = "masked"
    result_kind = MaskedResult
    sample_kind = MaskedSample
    reading: ClassVar[str] = (
        "On text held out from training, of which the same tokens are hidden for every model. Lower losses are better: "
        "one nat per hidden token means that the right token gets, in the geometric mean, a probability of 1/e or 37 %."
    )
    pipeline: ClassVar[str] = "fill-mask"
    tags: ClassVar[tuple[str, ...]] = ("masked-language-model", "feature-extraction")
    purpose: ClassVar[str] = "It tells hidden tokens from all the others, and gives context-aware vectors of texts."
    limits: ClassVar[tuple[str, ...]] = (
        "It knows nothing but the text it was trained on, and repeats that text's errors and opinions.",
        "It was not trained to write: it fills single places, each by itself.",
        "What its vectors are worth for another task is not measured by these scores; train that task from it and see.",
    )

    def verdict(self, run: Run) -> Verdict:
        """Whether it beats what is counted."""
        result = run.result
        if result is None:
            return unscored(run, "held-out text")
        if not is_finite(result.loss):
            return Verdict("unknown", "No score", f"Loss of this model on held-out text: {decimal(result.loss)}.")
        score = result.final
        if score.baseline is None:
            return without_baseline(f"pays {loss_in_words(score)} nats per hidden token")
        return by_loss(score, score.baseline, score.difference, score.baseline.name, "nats per hidden token")

    def scores(self, run: Run, result: MaskedResult) -> ScoreView:
        """Loss and accuracy, what was counted beside the model."""
        score = result.final
        scores: dict[str, MaskedScore] = {"this model": score, **{other.name: other for other in score.others}}
        notes = (difference_in_words(score.difference), _pairs_in_words(score.next_sentence))
        return ScoreView(
            part=result.judged_by,
            table=_table(scores),
            intervals=side_by_side(
                {name: (one.loss, one.interval) for name, one in scores.items()}, "Losses", "nats per hidden token"
            ),
            notes=[note for note in notes if note],
            parts=_table({VALIDATION: result, **result.tests}).turned("Part") if result.tests else None,
        )

    def metrics(self, result: MaskedResult) -> dict[str, list[Metric]]:
        """Loss, perplexity, accuracy."""
        parts: dict[str, MaskedScore] = {VALIDATION: result, **result.tests}
        return {
            part: finite(
                [
                    ("loss", "Loss (nats per hidden token)", score.loss),
                    ("perplexity", "Perplexity", score.perplexity),
                    ("accuracy", "Accuracy of hidden tokens", score.accuracy),
                ]
            )
            for part, score in parts.items()
        }

    def levels(self, result: MaskedResult) -> list[Level]:
        """The loss of the baseline."""
        baseline = result.baseline
        if baseline is None or baseline.loss is None or not is_finite(baseline.loss):
            return []
        return [Level(baseline.name, "level", baseline.loss)]

    def samples(self, run: Run) -> Samples:
        """Each text as it was shown, and filled."""
        return Samples(SHOWN, [_view(sample) for sample in run.samples])

    def data_rows(self, run: Run, result: MaskedResult) -> list[Row]:
        """Documents, size, tokens."""
        data = result.data
        return [
            row("Data", data.name),
            row("Documents", count(data.n_documents)),
            *size_rows(result),
            row("Tokens known", count(data.vocab_size)),
        ]

    def steps(self, run: Run, place: str) -> list[Step]:
        """Fill, score, start another task from it, vectors from Python."""
        quoted = shlex.quote(place)
        return [
            Step("Fill hidden places", f"echo {shlex.quote(PROMPT)} | quatrain predict {quoted}"),
            commands.evaluate(run, place),
            Step("Learn another task from it", f"quatrain train LABELLED_TEXT --from {quoted}"),
            commands.python(place, 'run.embed("A text.")[0].vector'),
        ]


def _table(named: Mapping[str, MaskedScore]) -> Table:
    scores = list(named.values())
    rows = [
        Row("Loss, nats per hidden token", tuple(decimal(score.loss) for score in scores)),
        Row("95 % interval of the loss", tuple(interval(score.interval) for score in scores)),
        Row("Perplexity", tuple(short(score.perplexity) for score in scores)),
        Row("Hidden tokens told", tuple(percent(score.accuracy) for score in scores)),
        Row("95 % interval of that share", tuple(interval(score.accuracy_interval, percent) for score in scores)),
        Row("Hidden tokens", tuple(count(score.n_targets) for score in scores)),
    ]
    return Table("Measure", tuple(named), rows)


def _pairs_in_words(pairs: NextScore | None) -> str:
    if pairs is None:
        return ""
    return (
        f"Of two texts, whether the second follows on the first: {percent(pairs.accuracy)} told (95 % interval "
        f"{interval(pairs.interval, percent)}), {percent(pairs.chance)} being chance; {count(pairs.n_pairs)} pairs."
    )


def _view(sample: MaskedSample) -> SampleView:
    texts = [("as it was shown", plain(sample.prompt)), ("filled", plain(sample.text))]
    stood = [f" (it was {answer!r})" for answer in sample.answers]
    stood += [""] * (len(sample.places) - len(stood))
    rows = [
        TokenRow(repr(guesses[0].text) + answer, f"{guesses[0].probability:.3g}", f"{_nats(guesses[0]):.2f}")
        for guesses, answer in zip(sample.places, stood, strict=False)
        if guesses
    ]
    told = sum(
        guesses[0].text == answer for guesses, answer in zip(sample.places, sample.answers, strict=False) if guesses
    )
    return SampleView(texts, rows, f"{told} of {len(sample.places)} hidden tokens told." if sample.answers else "")


def _nats(guess: Guess) -> float:
    return -math.log(max(guess.probability, 1e-300))
