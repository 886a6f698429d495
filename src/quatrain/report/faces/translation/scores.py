"""BLEU, chrF and loss as tables and charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup

from quatrain.report.bars import Group, bar_chart
from quatrain.report.faces._base import ScoreView, side_by_side
from quatrain.report.faces.translation.records import (
    Band,
    Counted,
    TranslationPart,
    TranslationResult,
    TranslationScore,
    with_interval,
)
from quatrain.report.facts import Row, Table, difference_in_words
from quatrain.report.folder import VALIDATION
from quatrain.report.pictures import Picture
from quatrain.report.quantities import count, decimal, interval, percent, short, tenths

UNMEASURED = "–"
"""Stands where a model has no such score."""


TEXT_MEASURES: Mapping[str, Callable[[TranslationScore], str]] = {
    "BLEU": lambda score: tenths(score.bleu),
    "95 % interval of BLEU": lambda score: interval(score.bleu_interval, tenths),
    "chrF": lambda score: tenths(score.chrf),
    "95 % interval of chrF": lambda score: interval(score.chrf_interval, tenths),
    "Exactly the reference": lambda score: percent(score.exact),
    "Sentences translated": lambda score: count(score.n_sentences),
}
LOSS_MEASURES: Mapping[str, Callable[[TranslationScore], str]] = {
    "Loss, nats per token": lambda score: decimal(score.loss),
    "95 % interval of the loss": lambda score: interval(score.interval),
    "Perplexity": lambda score: short(score.perplexity),
    "Tokens scored": lambda score: count(score.n_targets),
}
"""Name -> value, in the order they are read."""


def view_scores(result: TranslationResult) -> ScoreView:
    """BLEU, chrF, exact answers and loss of the part it is judged by, the baselines beside the model."""
    part, name = result.final, result.judged_by
    memory, ngram = part.memory, part.without_source
    scores: dict[str, TranslationScore] = {"this model": part}
    scores |= {memory.title: memory} if memory else {}
    scores |= {f"{ngram.name}, without the source": ngram} if ngram else {}
    texts = [Row(what, _of_each(scores, write, lambda one: one.bleu)) for what, write in TEXT_MEASURES.items()]
    losses = [Row(what, _of_each(scores, write, lambda one: one.loss)) for what, write in LOSS_MEASURES.items()]
    notes = (memory.explanation if memory else "No baseline was scored beside this model.", _worth(ngram))
    return ScoreView(
        part=name,
        table=Table("Measure", tuple(scores), [*texts, *losses]),
        intervals=_intervals(part),
        notes=[note for note in (*notes, _search(part), *_signatures(part)) if note],
        parts=_parts(result),
        pictures=_by_length(result),
    )


def _of_each(
    scores: Mapping[str, TranslationScore],
    write: Callable[[TranslationScore], str],
    has: Callable[[TranslationScore], float | None],
) -> tuple[str, ...]:
    """One measure of all scores; this model's is always told, and those of others who have such scores."""
    return tuple(
        write(score) if place == 0 or has(score) is not None else UNMEASURED
        for place, score in enumerate(scores.values())
    )


def _parts(result: TranslationResult) -> Table | None:
    rows = [
        Row(
            name,
            (
                with_interval(score.bleu, score.bleu_interval),
                with_interval(score.chrf, score.chrf_interval),
                percent(score.exact),
                decimal(score.loss),
                count(score.n_sentences),
            ),
        )
        for name, score in {VALIDATION: result, **result.tests}.items()
    ]
    columns = ("BLEU", "chrF", "Exactly the reference", "Loss, nats per token", "Sentences")
    return Table("Part", columns, rows) if result.tests else None


def _intervals(part: TranslationPart) -> Markup | None:
    memory = part.memory
    scores = {"this model": (part.bleu, part.bleu_interval)}
    scores |= {memory.title: (memory.bleu, memory.bleu_interval)} if memory else {}
    return side_by_side(scores, "BLEU", "BLEU", tenths)


def _by_length(result: TranslationResult) -> list[Picture]:
    """BLEU of each band of source lengths, the translation memory beside the model."""
    shown = result.final
    if not shown.by_length:
        return []
    theirs = {band.words: band for band in shown.memory.by_length} if shown.memory else {}
    key = [("train", "this model"), *([("memory", shown.memory.title)] if shown.memory else [])]
    groups = []
    for band in shown.by_length:
        other = theirs.get(band.words)
        beside = f" against {tenths(other.bleu)}" if other else ""
        name = f"{_words(band)}, {count(band.n_sentences)} sentence{'s' * (band.n_sentences != 1)}"
        bars = [("train", band.bleu), *([("memory", other.bleu)] if other else [])]
        groups.append(Group(f"{name}: {tenths(band.bleu)}{beside}", bars))
    rows = [
        Row(f"{part}, {_words(band)}", (count(band.n_sentences), tenths(band.bleu), tenths(band.chrf)))
        for part, score in {VALIDATION: result, **result.tests}.items()
        for band in score.by_length
    ]
    return [
        Picture(
            title="Against the length of the source",
            chart=bar_chart(groups, x_name="BLEU", description="; ".join(group.name for group in groups)),
            caption=f"Sentences of the {result.judged_by} part by the words of their source.",
            key=key,
            table=Table("Part and length", ("Sentences", "BLEU", "chrF"), rows),
        )
    ]


def _words(band: Band) -> str:
    low, high = band.words
    return f"{low} to {high} words" if low != high else f"{low} word{'s' * (low != 1)}"


def _worth(other: Counted | None) -> str:
    if other is None:
        return ""
    return difference_in_words(other.difference, f"Model minus {other.name}, which does not see the source")


def _search(part: TranslationPart) -> str:
    """How translations were searched for."""
    how = part.decoding
    if how.beam_size is None:
        return ""
    penalty = "" if how.length_penalty is None else f" and a length penalty of {how.length_penalty:g}"
    formula = f" ({how.penalty})" if how.penalty else ""
    return f"Translated with a beam of {how.beam_size}{penalty}{formula}."


def _signatures(part: TranslationPart) -> list[str]:
    """What sacrebleu has to be told to count the same."""
    signed = {"BLEU": part.signature, "chrF": part.chrf_signature}
    return [f"{name} as sacrebleu counts it: {signature}." for name, signature in signed.items() if signature]
