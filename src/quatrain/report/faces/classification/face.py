"""What the page and the card of a classifier show."""

from __future__ import annotations

import shlex
from typing import Any, ClassVar

from markupsafe import Markup

from quatrain.report import commands
from quatrain.report.charts import Level
from quatrain.report.commands import Step
from quatrain.report.faces._base import Face, Metric, ScoreView, finite, is_finite
from quatrain.report.faces.classification.records import ClassResult, ClassScore, Run, Told
from quatrain.report.faces.classification.scores import view_scores
from quatrain.report.faces.classification.verdict import judge
from quatrain.report.facts import Row, row
from quatrain.report.folder import VALIDATION
from quatrain.report.quantities import byte_size, count, percent
from quatrain.report.samples import Samples, SampleView, plain
from quatrain.report.verdict import Verdict

SHOWN = (
    "Examples of the validation part: those told right that the model is surest of, those told wrong that it is surest "
    "of (look here for wrong labels), and those it is least sure of."
)
SORTS = {"vit": "images", "convnet": "images", "series": "series", "fcn": "series"}
"""What backbones read that do not read text."""
PIPELINES = {"text": "text-classification", "images": "image-classification", "series": "tabular-classification"}
"""What model hubs call the task, or what is next to it."""
MOST_CLASSES = 8
"""Classes whose counts are listed."""


class ClassificationFace(Face[ClassResult, Told]):
    """Tells the class of an example; its baselines are models of counts."""

    task: ClassVar[str] = "classify"
    unit: ClassVar[str] = "example"
    result_kind = ClassResult
    sample_kind = Told
    reading: ClassVar[str] = (
        "On examples held out from training. Accuracy is the share told right; macro F1 counts every class the same, "
        "however rare; AUROC is the probability that an example of a class is held likelier to be of it than another "
        "(0.5: none is told apart); the calibration error says how far probabilities are from what comes true, in 15 "
        "bins; nats are the loss of an example. Intervals are 95 %."
    )
    pipeline: ClassVar[str] = "text-classification"
    tags: ClassVar[tuple[str, ...]] = ("classification",)
    purpose: ClassVar[str] = "It tells the class of an example, with a probability for each."
    limits: ClassVar[tuple[str, ...]] = (
        "It knows the classes it was trained on, and no others: every example is told to be of one of them.",
        "It repeats the errors and the one-sidedness of its labels.",
        "On examples of another kind or origin, or where classes are rarer or more frequent, its scores are worse than "
        "these, and its probabilities are wrong.",
    )

    def verdict(self, run: Run) -> Verdict:
        """Whether it beats the best model of counts."""
        return judge(run)

    def scores(self, run: Run, result: ClassResult) -> ScoreView:
        """Accuracy, F1, AUROC, calibration, confusions, the baselines beside the model."""
        return view_scores(result)

    def metrics(self, result: ClassResult) -> dict[str, list[Metric]]:
        """Accuracy, macro F1, AUROC and loss."""
        parts: dict[str, ClassScore] = {VALIDATION: result, **result.tests}
        return {
            part: finite(
                [
                    ("accuracy", "Accuracy", score.accuracy),
                    ("f1", "Macro F1", score.macro_f1),
                    ("roc_auc", "AUROC", score.auroc),
                    ("loss", "Loss (nats per example)", score.loss),
                ]
            )
            for part, score in parts.items()
        }

    def levels(self, result: ClassResult) -> list[Level]:
        """The loss of the majority class."""
        other = next((other for other in result.others if other.key == "majority"), None)
        return [Level(other.name, "level", other.loss)] if other and other.loss and is_finite(other.loss) else []

    def samples(self, run: Run) -> Samples:
        """Examples with their class and what was told of them."""
        return Samples(SHOWN, [_view(sample) for sample in run.samples])

    def data_rows(self, run: Run, result: ClassResult) -> list[Row]:
        """How many examples there are of each class."""
        data = result.data
        train = dict(zip(data.classes, data.class_counts.get("train", ()), strict=False))
        frequent = sorted(train, key=lambda name: -train[name])[:MOST_CLASSES]
        return [
            row("Data", data.name),
            *(row(f"Examples, {part}", count(n)) for part, n in data.examples.items()),
            row("Classes", count(len(data.classes)) if data.classes else None),
            *(row(f"For training: {name}", count(train[name])) for name in frequent),
            *([row("Size", byte_size(data.n_bytes))] if data.n_bytes else []),
            *([row("Tokenizer", f"{data.tokenizer}, {count(data.vocab_size)} tokens")] if data.tokenizer else []),
        ]

    def pipeline_of(self, run: Run) -> str:
        """By what it reads."""
        return PIPELINES[_sort(run)]

    def steps(self, run: Run, place: str) -> list[Step]:
        """Predict, score, use from Python."""
        folder = shlex.quote(place)
        use = f"run.predict({_example(run)})"
        return [
            Step("Tell the classes of a file's examples", f"quatrain predict {folder} FILE"),
            Step("With all probabilities, as JSON", f"quatrain predict {folder} FILE --json"),
            commands.evaluate(run, place),
            commands.python(place, use),
        ]


def _view(sample: Told) -> SampleView:
    sides = [("text", sample.text), ("second text", sample.second)]
    texts = [(name, plain(text)) for name, text in sides if text]
    if sample.picture and sample.picture.startswith("data:image/"):
        image = Markup('<img class="example" src="{}" alt="">').format(sample.picture)
        texts.append((sample.name or "picture", image))
    verdict = "right" if sample.told == sample.label else f"wrong: it is {sample.label}"
    sure = f"told as {sample.told}, {percent(sample.probabilities.get(sample.told))} sure; {verdict}"
    return SampleView(texts, [], f"{sample.sort[:1].upper()}{sample.sort[1:]}. {sure[:1].upper()}{sure[1:]}.")


def _sort(run: Run) -> str:
    """What the model reads: text, images or series."""
    return SORTS.get(str(_backbone(run).get("kind")), "text")


def _example(run: Run) -> str:
    """An example of what it reads, as it is typed in Python."""
    match _sort(run):
        case "images":
            return '"picture.png"'
        case "series":
            body = _backbone(run)
            return f"[[0.0] * {body.get('n_columns', 1)}] * {body.get('input_len', 1)}"
    text = next((sample.text for sample in run.samples if sample.text.strip() and not sample.second), None)
    return repr((text or "A text.").strip())


def _backbone(run: Run) -> dict[str, Any]:
    backbone = run.model.get("backbone")
    return backbone if isinstance(backbone, dict) else {}
