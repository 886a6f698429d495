"""BLEU, chrF and loss as tables and charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup

from quatrain.report.bars import Group, bar_chart
from quatrain.report.charts import interval_chart
from quatrain.report.faces._base import ScoreView
from quatrain.report.faces.translation.records import (
    Band,
    TextScore,
    TranslationResult,
    WithoutSource,
    with_interval,
)
from quatrain.report.facts import Row, Table, difference_in_words
from quatrain.report.folder import Record, RecordT, Score
from quatrain.report.pictures import Picture
from quatrain.report.quantities import count, decimal, interval, percent, short, tenths

UNMEASURED = "–"
"""Stands where a model has no such score."""


TEXT_MEASURES: Mapping[str, Callable[[TextScore], str]] = {
    "BLEU": lambda score: tenths(score.bleu),
    "95 % interval of BLEU": lambda score: interval(score.bleu_interval, tenths),
    "chrF": lambda score: tenths(score.chrf),
    "95 % interval of chrF": lambda score: interval(score.chrf_interval, tenths),
    "Exactly the reference": lambda score: percent(score.exact),
    "Sentences translated": lambda score: count(score.n_sentences),
}
LOSS_MEASURES: Mapping[str, Callable[[Score], str]] = {
    "Loss, nats per token": lambda score: decimal(score.loss),
    "95 % interval of the loss": lambda score: interval(score.interval),
    "Perplexity": lambda score: short(score.perplexity),
    "Tokens scored": lambda score: count(score.n_targets),
}
"""Name -> value, in the order they are read."""


def view_scores(result: TranslationResult) -> ScoreView:
    """BLEU, chrF, exact answers and loss, the baselines beside the model."""
    baseline, other = result.baseline, result.without_source
    scores: dict[str, Record] = {"this model": result}
    scores |= {baseline.title: baseline} if baseline else {}
    scores |= {f"{other.name}, without the source": other} if other else {}
    texts = [Row(name, _across(scores, TextScore, write)) for name, write in TEXT_MEASURES.items()]
    losses = [Row(name, _across(scores, Score, write)) for name, write in LOSS_MEASURES.items()]
    notes = (baseline.explanation if baseline else "No baseline was scored beside this model.", _worth(other))
    return ScoreView(
        table=Table("Measure", tuple(scores), [*texts, *losses]),
        intervals=_intervals(result),
        notes=[note for note in (*notes, _search(result), *_signatures(result)) if note],
        tests=_tests(result),
        pictures=_by_length(result),
    )


def _across(scores: Mapping[str, Record], kind: type[RecordT], write: Callable[[RecordT], str]) -> tuple[str, ...]:
    """One measure of all scores; those of another kind do not have it."""
    return tuple(write(score) if isinstance(score, kind) else UNMEASURED for score in scores.values())


def _tests(result: TranslationResult) -> Table | None:
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
        for name, score in result.tests.items()
    ]
    columns = ("BLEU", "chrF", "Exactly the reference", "Loss, nats per token", "Sentences")
    return Table("Test part", columns, rows) if rows else None


def _intervals(result: TranslationResult) -> Markup | None:
    """BLEU with its intervals over one axis; None unless both are known."""
    scores: list[tuple[str, str, TextScore]] = [("this model", "train", result)]
    if result.baseline:
        scores.append((result.baseline.title, "memory", result.baseline))
    rows = [
        (name, style, score.bleu, score.bleu_interval)
        for name, style, score in scores
        if score.bleu is not None and score.bleu_interval
    ]
    if len(rows) < 2:
        return None
    description = "BLEU with its 95 % intervals; the numbers are in the table."
    return interval_chart(rows, description=description, x_name="BLEU", write=tenths)


def _by_length(result: TranslationResult) -> list[Picture]:
    """BLEU of each band of source lengths, the translation memory beside the model."""
    if not result.by_length:
        return []
    theirs = {band.words: band for band in result.baseline.by_length} if result.baseline else {}
    key = [("train", "this model"), *([("memory", result.baseline.title)] if result.baseline else [])]
    groups = []
    for band in result.by_length:
        other = theirs.get(band.words)
        beside = f" against {tenths(other.bleu)}" if other else ""
        name = f"{_words(band)}, {count(band.n_sentences)} sentence{'s' * (band.n_sentences != 1)}"
        bars = [("train", band.bleu), *([("memory", other.bleu)] if other else [])]
        groups.append(Group(f"{name}: {tenths(band.bleu)}{beside}", bars))
    rows = [
        Row(f"{part}, {_words(band)}", (count(band.n_sentences), tenths(band.bleu), tenths(band.chrf)))
        for part, score in {"validation": result, **result.tests}.items()
        for band in score.by_length
    ]
    return [
        Picture(
            title="Against the length of the source",
            chart=bar_chart(groups, x_name="BLEU", description="; ".join(group.name for group in groups)),
            caption="Sentences of the validation part by the words of their source.",
            key=key,
            table=Table("Part and length", ("Sentences", "BLEU", "chrF"), rows),
        )
    ]


def _words(band: Band) -> str:
    low, high = band.words
    return f"{low} to {high} words" if low != high else f"{low} word{'s' * (low != 1)}"


def _worth(other: WithoutSource | None) -> str:
    if other is None:
        return ""
    return difference_in_words(other.difference, f"Model minus {other.name}, which does not see the source")


def _search(result: TranslationResult) -> str:
    """How translations were searched for."""
    how = result.decoding
    if how.beam_size is None:
        return ""
    penalty = "" if how.length_penalty is None else f" and a length penalty of {how.length_penalty:g}"
    formula = f" ({how.penalty})" if how.penalty else ""
    return f"Translated with a beam of {how.beam_size}{penalty}{formula}."


def _signatures(result: TranslationResult) -> list[str]:
    """What sacrebleu has to be told to count the same."""
    signed = {"BLEU": result.signature, "chrF": result.chrf_signature}
    return [f"{name} as sacrebleu counts it: {signature}." for name, signature in signed.items() if signature]
