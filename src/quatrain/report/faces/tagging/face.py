"""What the page and the card of a tagger show."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from markupsafe import Markup, escape

from quatrain.report import commands
from quatrain.report.charts import Level
from quatrain.report.commands import Step
from quatrain.report.faces._base import Face, Metric, ScoreView, finite
from quatrain.report.faces.tagging.records import EntityScore, Run, TaggedSample, TaggingResult
from quatrain.report.faces.tagging.scores import view_scores
from quatrain.report.faces.tagging.verdict import judge
from quatrain.report.facts import Row, row
from quatrain.report.folder import VALIDATION
from quatrain.report.quantities import count, percent
from quatrain.report.samples import Samples, SampleView
from quatrain.report.text import visible
from quatrain.report.verdict import Verdict

if TYPE_CHECKING:
    from quatrain.data.tagged import Entity

SHOWN = (
    "Sentences of the validation part with the entities that the finished model finds: green where first word, last "
    "word and type are right, else red; under them, where the model is wrong, the entities that are there."
)


class TaggingFace(Face[TaggingResult, TaggedSample]):
    """Finds entities in sentences; its baseline is a dictionary of those in training."""

    task: ClassVar[str] = "tag"
    unit: ClassVar[str] = "word"
    result_kind = TaggingResult
    sample_kind = TaggedSample
    reading: ClassVar[str] = (
        "On sentences held out from training. An entity counts as found where its first word, its last word and its "
        "type are right, as seqeval counts it. F1, 0 to 100, is the harmonic mean of precision, the share of what was "
        "found that is right, and recall, the share of what is there that was found. How many words have the right tag "
        "is not told: most words are in no entity, so that a tagger that finds nothing has most of them right."
    )
    pipeline: ClassVar[str] = "token-classification"
    tags: ClassVar[tuple[str, ...]] = ("named-entity-recognition",)
    purpose: ClassVar[str] = "It finds entities in sentences: which words, and of which type."
    limits: ClassVar[tuple[str, ...]] = (
        "It knows the types it was trained on, and no others, and it repeats the errors of its tags.",
        "Of names that training does not have it finds fewer than of those it has; both shares stand above.",
        "On text of another kind, language or spelling its scores are worse than these.",
    )

    def verdict(self, run: Run) -> Verdict:
        """Whether it beats the dictionary."""
        return judge(run)

    def scores(self, run: Run, result: TaggingResult) -> ScoreView:
        """F1, precision and recall, type by type, the simpler taggers beside the model."""
        return view_scores(result)

    def metrics(self, result: TaggingResult) -> dict[str, list[Metric]]:
        """F1, precision and recall of entities."""
        parts: dict[str, EntityScore] = {VALIDATION: result, **result.tests}
        return {
            part: finite(
                [
                    ("f1", "Entity F1", score.f1),
                    ("precision", "Entity precision", score.precision),
                    ("recall", "Entity recall", score.recall),
                ]
            )
            for part, score in parts.items()
        }

    def levels(self, result: TaggingResult) -> list[Level]:
        """None: the simpler taggers have no loss."""
        return []

    def samples(self, run: Run) -> Samples:
        """Sentences with their entities in colour."""
        return Samples(SHOWN, [_view(sample) for sample in run.samples if len(sample.tags) == len(sample.words)])

    def data_rows(self, run: Run, result: TaggingResult) -> list[Row]:
        """Sentences, words and entities of each part."""
        data = result.data
        train = data.entities.get("train", {})
        return [
            row("Data", data.name),
            *(row(f"Sentences, {part}", count(n)) for part, n in data.sentences.items()),
            *(row(f"Words, {part}", count(n)) for part, n in data.words.items()),
            *(row(f"Entities, {part}", count(sum(types.values()))) for part, types in data.entities.items()),
            *(row(f"For training: {name}", count(n)) for name, n in train.items()),
            row("Known", None if data.tokenizer is None else f"{count(data.vocab_size)} tokens, {data.tokenizer}"),
        ]

    def steps(self, run: Run, place: str) -> list[Step]:
        """Tag a file, score, use from Python."""
        folder = shlex.quote(place)
        words = next((sample.words for sample in run.samples if sample.words), ("A", "sentence", "."))
        return [
            Step("Tag the words of a text, a sentence a line", f"quatrain predict {folder} FILE"),
            Step("With probabilities and entities, as JSON", f"quatrain predict {folder} FILE --json"),
            commands.evaluate(run, place),
            commands.python(place, f"run.predict({' '.join(words)!r})"),
        ]


def _view(sample: TaggedSample) -> SampleView:
    from quatrain.data.tagged import entities  # loads torch, without which all other pages are drawn

    told, true = entities(sample.tags), entities(sample.true)
    texts = [("found", _coloured(sample.words, told, {*true}))]
    if {*told} != {*true}:
        texts.append(("there", _coloured(sample.words, true, {*true})))
    sure = list(_in_words(sample, told))
    n_right = len({*told} & {*true})
    caption = f"{n_right} of {len(true)} found, {len(told) - n_right} found wrongly."
    return SampleView(texts, [], " ".join([caption, *([f"Probabilities: {'; '.join(sure)}."] if sure else [])]))


def _coloured(words: tuple[str, ...], found: list[Entity], right: set[Entity]) -> Markup:
    """A sentence with its entities marked; their types are drawn by the style sheet, so that they are not copied."""
    pieces, place = [], 0
    for entity in found:
        pieces += [escape(visible(word)) for word in words[place : entity.start]]
        style = "right" if entity in right else "wrong"
        text = visible(" ".join(words[entity.start : entity.stop]))
        mark = Markup('<b class="entity {}" data-type="{}">{}</b>').format(style, visible(entity.type), text)
        pieces.append(mark)
        place = entity.stop
    return Markup(" ").join([*pieces, *(escape(visible(word)) for word in words[place:])])


def _in_words(sample: TaggedSample, found: list[Entity]) -> Iterator[str]:
    """How sure the model is of each entity: of the least sure of its tags."""
    for entity in found:
        sure = sample.probabilities[entity.start : entity.stop]
        if sure:
            yield f"{' '.join(sample.words[entity.start : entity.stop])} {entity.type} {percent(min(sure))}"
