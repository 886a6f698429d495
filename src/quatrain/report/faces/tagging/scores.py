"""F1, precision and recall as tables and pictures: of all entities, of each type, of those training does not have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from markupsafe import Markup

from quatrain.report.bars import Group, bar_chart
from quatrain.report.faces._base import ScoreView, side_by_side
from quatrain.report.faces.classification.pictures import draw_confusion
from quatrain.report.faces.classification.records import ClassScore
from quatrain.report.faces.tagging.records import EntityPart, EntityScore, TaggingResult, with_interval
from quatrain.report.facts import Row, Table
from quatrain.report.folder import VALIDATION
from quatrain.report.pictures import Picture
from quatrain.report.quantities import count, decimal, interval, percent, points

UNMEASURED = "–"
"""Stands where a model has no such score."""
NOTHING = "none"
"""What no entity is called in the confusions."""

MEASURES: Mapping[str, Callable[[EntityScore], str]] = {
    "Entity F1": lambda score: points(score.f1),
    "95 % interval of F1": lambda score: interval(score.interval, points),
    "Precision": lambda score: percent(score.precision),
    "Recall": lambda score: percent(score.recall),
    "Recall, entities of training": lambda score: _or_unmeasured(score.recall_seen),
    "Recall, entities training does not have": lambda score: _or_unmeasured(score.recall_unseen),
    "Loss, nats per word": lambda score: UNMEASURED if score.loss is None else decimal(score.loss),
    "Entities": lambda score: count(score.n_entities),
    "Sentences": lambda score: count(score.n_sentences),
}
"""Name -> value, in the order they are read."""


def view_scores(result: TaggingResult) -> ScoreView:
    """All scores of the part it is judged by, the simpler taggers beside the model."""
    part, name = result.final, result.judged_by
    scores: dict[str, EntityScore] = {"this model": part, **{other.name: other for other in part.others}}
    rows = [Row(name, tuple(map(write, scores.values()))) for name, write in MEASURES.items()]
    pictures = (_by_type(result), _confusion(part, name))
    return ScoreView(
        part=name,
        table=Table("Measure", tuple(scores), rows),
        intervals=_intervals(scores),
        notes=_differences(part) or ["No baseline was scored beside this model."],
        parts=_parts(result),
        pictures=[picture for picture in pictures if picture is not None],
    )


def _or_unmeasured(share: float | None) -> str:
    return UNMEASURED if share is None else percent(share)


def _differences(part: EntityPart) -> list[str]:
    """F1 minus that of each of the others, over the same sentences."""
    notes = []
    for other in part.others:
        if other.difference is not None:
            ends = other.difference.interval
            within = f" (95 % interval {interval(ends, points)})" if ends else ""
            notes.append(f"F1 minus that of the {other.name}: {points(other.difference.mean)} points{within}.")
    return notes


def _intervals(scores: Mapping[str, EntityScore]) -> Markup | None:
    found = {name: (score.f1, score.interval) for name, score in scores.items()}
    return side_by_side(found, "Entity F1", "entity F1", points, points)


def _parts(result: TaggingResult) -> Table | None:
    rows = [
        Row(
            name,
            (
                with_interval(score),
                percent(score.precision),
                percent(score.recall),
                _or_unmeasured(score.recall_unseen),
                count(score.n_entities),
            ),
        )
        for name, score in {VALIDATION: result, **result.tests}.items()
    ]
    columns = ("Entity F1", "Precision", "Recall", "Recall, entities training does not have", "Entities")
    return Table("Part", columns, rows) if result.tests else None


def _by_type(result: TaggingResult) -> Picture | None:
    """F1 of each type, the baseline beside the model."""
    shown = result.final
    if not shown.by_type:
        return None
    theirs = shown.baseline.by_type if shown.baseline else {}
    key = [("train", "this model"), *([("memory", shown.baseline.name)] if shown.baseline else [])]
    groups = []
    for name, score in shown.by_type.items():
        other = theirs.get(name)
        bars = [("train", 100 * score.f1), *([("memory", 100 * other.f1)] if other else [])]
        beside = f" against {points(other.f1)}" if other else ""
        groups.append(Group(f"{name}, {count(score.n_entities)}: {points(score.f1)}{beside}", bars))
    rows = [
        Row(
            f"{part}, {name}",
            (points(one.f1), percent(one.precision), percent(one.recall), count(one.n_entities), count(one.n_found)),
        )
        for part, score in {VALIDATION: result, **result.tests}.items()
        for name, one in score.by_type.items()
    ]
    return Picture(
        title="Type by type",
        chart=bar_chart(groups, x_name="F1", description="; ".join(group.name for group in groups)),
        caption=f"Entities of the {result.judged_by} part; behind each type stands how many there are.",
        key=key,
        table=Table("Part and type", ("F1", "Precision", "Recall", "In the data", "Found"), rows),
    )


def _confusion(score: EntityPart, part: str) -> Picture | None:
    """Which types are taken for which, missed and invented."""
    names = (*score.by_type, "")
    counts = tuple(tuple(score.confusion.get(true, {}).get(told, 0) for told in names) for true in names)
    drawn = draw_confusion(ClassScore(confusion=counts, classes=(*score.by_type, NOTHING)), part)
    if drawn is None or not score.by_type:
        return None
    caption = (
        f"Entities of the {part} part, word for word: each row is a true type, each column what the model told of "
        f"exactly the same words. The column {NOTHING!r} holds what was missed or cut otherwise, the row {NOTHING!r} "
        "what was told and is none; the stronger a square, the larger its share of the row."
    )
    return replace(drawn, caption=caption)
