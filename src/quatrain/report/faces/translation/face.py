"""What the page and the card of a translator show."""

from __future__ import annotations

import re
import shlex
from typing import ClassVar

from quatrain.report import commands
from quatrain.report.alignment import draw_alignment
from quatrain.report.charts import Level
from quatrain.report.commands import Step
from quatrain.report.faces._base import Face, Metric, ScoreView, finite, is_finite
from quatrain.report.faces.translation.records import Run, Translated, TranslationResult, TranslationScore
from quatrain.report.faces.translation.scores import view_scores
from quatrain.report.faces.translation.verdict import judge
from quatrain.report.facts import Row, row, size_rows
from quatrain.report.folder import VALIDATION
from quatrain.report.quantities import MISSING, count
from quatrain.report.samples import Samples, SampleView, coloured, plain, token_rows, tokens_in_words
from quatrain.report.verdict import Verdict

SENTENCE = "Two dogs run."
SHOWN = (
    "Pairs of the validation part, translated by the finished model. The stronger the colour, the less likely the "
    "model held the token; point at or tap one to read its probability."
)
PICTURED = (
    "Under the first translations stands what they read: each row is a token of the translation, each column one of "
    "the source, and the stronger a square, the more of the one is read in order to write the other (the weights of "
    "cross-attention, the mean over layers and heads)."
)
N_PICTURES = 3
"""Most samples whose alignment is drawn."""
LANGUAGE_CODE = re.compile("[a-z]{2}")


class TranslationFace(Face[TranslationResult, Translated]):
    """Writes a target from its source; its baselines are a translation memory and an n-gram that sees no source."""

    task: ClassVar[str] = "translate"
    result_kind = TranslationResult
    sample_kind = Translated
    reading: ClassVar[str] = (
        "On pairs held out from training. BLEU and chrF, 0 to 100, say how near the translations come to their "
        "references: higher is better. The loss says how well each token of a reference is predicted when those "
        "before it are given: lower is better."
    )
    pipeline: ClassVar[str] = "translation"
    tags: ClassVar[tuple[str, ...]] = ("translation",)
    purpose: ClassVar[str] = "It translates a text, line by line."
    limits: ClassVar[tuple[str, ...]] = (
        "It knows nothing but the pairs it was trained on: it repeats their errors, and may write passages of them "
        "word for word.",
        "What it writes is not checked: it may leave out, add or turn round what the source says. The scores above say "
        "how near its translations come to one reference each, not how true or how useful they are.",
        "On text of another kind, length, language or spelling its translations are worse than these scores say.",
    )

    def verdict(self, run: Run) -> Verdict:
        """Whether it beats the translation memory, and whether it makes use of its source."""
        return judge(run)

    def scores(self, run: Run, result: TranslationResult) -> ScoreView:
        """BLEU, chrF, exact answers and loss, the baselines beside the model."""
        return view_scores(result)

    def metrics(self, result: TranslationResult) -> dict[str, list[Metric]]:
        """BLEU, chrF, loss and perplexity."""
        parts: dict[str, TranslationScore] = {VALIDATION: result, **result.tests}
        return {
            part: finite(
                [
                    ("bleu", "BLEU", score.bleu),
                    ("chrf", "chrF", score.chrf),
                    ("loss", "Loss (nats per token)", score.loss),
                    ("perplexity", "Perplexity", score.perplexity),
                ]
            )
            for part, score in parts.items()
        }

    def levels(self, result: TranslationResult) -> list[Level]:
        """The loss of the n-gram that does not see the source."""
        other = result.without_source
        if other is None or other.loss is None or not is_finite(other.loss):
            return []
        return [Level(f"{other.name}, without the source", "level", other.loss)]

    def samples(self, run: Run) -> Samples:
        """Each source with its translation and its reference, and what the first of them read."""
        sides = (run.result.data.sides if run.result else None) or ("", "")
        views = [
            _view(sample, sides, run.eos_token, draw=place < N_PICTURES) for place, sample in enumerate(run.samples)
        ]
        has_pictures = any(view.picture for view in views)
        return Samples(SHOWN + (" " + PICTURED) * has_pictures, views)

    def data_rows(self, run: Run, result: TranslationResult) -> list[Row]:
        """Sides, pairs, size, tokens of the target."""
        data = result.data
        return [
            row("Data", data.name),
            row("From, to", ", ".join(data.sides) if data.sides else None),
            row("Pairs", count(data.n_documents)),
            *size_rows(result),
            row("Tokens known", _vocabulary(run, result)),
        ]

    def steps(self, run: Run, place: str) -> list[Step]:
        """Translate, score, export where a family of Transformers can hold the model, use from Python."""
        sentence, folder = commands.prompt_of(run, SENTENCE), shlex.quote(place)
        return [
            Step("Translate a file, line by line", f"quatrain translate {folder} FILE"),
            Step("Translate a sentence", f"echo {shlex.quote(sentence)} | quatrain translate {folder}"),
            commands.evaluate(run, place),
            *([commands.export(place)] if _has_family(run) else []),
            commands.python(place, f"run.translate({sentence!r})"),
        ]

    def languages(self, result: TranslationResult) -> tuple[str, ...]:
        """The sides, where they are called by codes of languages."""
        sides = result.data.sides or ()
        return tuple(sides) if all(map(LANGUAGE_CODE.fullmatch, sides)) else ()


def _view(sample: Translated, sides: tuple[str, str], eos_token: str, *, draw: bool) -> SampleView:
    source, target = (f", {side}" if side else "" for side in sides)
    written = coloured(sample.tokens, eos_token) if sample.tokens else plain(sample.text)
    texts = [("source" + source, plain(sample.prompt)), ("translation" + target, written)]
    caption = tokens_in_words(sample.tokens)
    if sample.reference is not None:
        texts.append(("reference" + target, plain(sample.reference)))
        caption += " Exactly the reference." * (sample.reference == sample.text)
    picture = draw_alignment(sample.alignment, eos_token) if draw and sample.alignment else None
    return SampleView(texts, token_rows(sample.tokens), caption, picture)


def _vocabulary(run: Run, result: TranslationResult) -> str:
    """Tokens of both sides, or of each where they differ."""
    of_source = run.model.get("src_vocab_size")
    known = count(result.data.vocab_size)
    if of_source is None:
        return known if known == MISSING else f"{known}, shared by both sides"
    return f"{count(of_source)} of the source, {known} of the target"


def _has_family(run: Run) -> bool:
    """Whether it may be exported: Marian and Pegasus hold Transformers with sines in two halves."""
    parts = [run.model.get(side) for side in ("encoder", "decoder")]
    mixers = [part.get(name) for part in parts if isinstance(part, dict) for name in ("mixer", "cross") if name in part]
    kinds = [mixer.get("kind") for mixer in mixers if isinstance(mixer, dict)]
    position = run.model.get("position")
    return (
        kinds == ["attention"] * 3
        and isinstance(position, dict)
        and position.get("layout") == "halves"
        and run.model.get("bridge") == "all"
    )
