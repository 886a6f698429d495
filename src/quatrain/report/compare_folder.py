"""compare.json, read into values. What it lacks is None or empty; nothing is guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from quatrain.errors import RunError
from quatrain.report.folder import Machine, Record, read_json

FORMAT = 1
REMEDY = "type quatrain compare --resume --out and the folder: what is done is not done twice"


class ComparedData(Record):
    """What the models were compared on, and by which measure."""

    kind: Literal["text", "task", "pairs", "classify", "tag", "masked", "forecast"]
    name: str
    title: str = ""
    split: str = ""
    metric: str = "loss"
    unit: str = ""
    better: Literal["lower", "higher"]
    chance: float | None = None
    vocab_size: int | None = None
    n_items: int | None = None
    items: str = "items"
    seq_len: int | None = None
    horizon: int | None = None
    image_size: tuple[int, int] | None = None
    row: str = "sequence"
    """What is read at once."""
    target: str = "a token"
    """What one thing that is learned from is called."""
    targets: str = "tokens"
    """What several are called."""
    loss_unit: str | None = None
    """Of the loss that falls in training; None: of the values."""
    fault: str = "loss"
    """What the best rate has least of."""
    natural: tuple[str, ...] = ()
    reason: str | None = None


class BudgetFacts(Record):
    """What was equal."""

    sentence: str = ""


class SearchFacts(Record):
    """How learning rates were chosen."""

    factors: tuple[float, ...] = ()
    sentence: str = ""


class ComparingMachine(Machine):
    """Where it ran, and how much at once."""

    threads: int | None = None
    jobs: int | None = None


class Trial(Record):
    """One learning rate of the search; no loss where it failed."""

    factor: float
    lr: float
    loss: float | None = None


class Seed(Record):
    """One training of a model."""

    seed: int
    folder: str | None = None
    value: float | None = None
    loss: float | None = None
    steps: int | None = None
    tokens: int | None = None
    seconds: float | None = None
    bleu: float | None = None
    chrf: float | None = None
    curve: tuple[tuple[float, float, float | None], ...] = ()
    """(seconds, tokens, loss on held-out data) in the course of training."""


class BesideScore(Record):
    """A score beside the value: its mean over seeds, and the interval of one training."""

    value: float
    interval: tuple[float, float] | None = None


class Band(Record):
    """How good translations are of sources of about one length."""

    words: tuple[int, int]
    """Shortest and longest source, in words."""
    n_sentences: int
    bleu: float
    chrf: float


class Cost(Record):
    """What one sequence costs, by its length."""

    lengths: tuple[int, ...] = ()
    training: tuple[float | None, ...] = ()
    memory: tuple[float | None, ...] = ()
    forward: tuple[float | None, ...] = ()
    decoding: tuple[float | None, ...] = ()


class Entrant(Record):
    """One model of the comparison."""

    word: str
    kind: str = ""
    solution: dict[str, Any] = Field(default_factory=dict)
    n_parameters: int | None = None
    flops_per_token: float | None = None
    reach: int | None = None
    """None: any distance."""
    state_bytes: dict[int, int] = Field(default_factory=dict)
    search: tuple[Trial, ...] = ()
    factor: float | None = None
    runs: tuple[Seed, ...] = ()
    value: float | None = None
    interval: tuple[float, float] | None = None
    scores: dict[str, BesideScore] = Field(default_factory=dict)
    by_length: tuple[Band, ...] = ()
    solves: bool | None = None
    natural: bool = False
    cost: Cost | None = None
    failed: str | None = None

    def score(self, name: str) -> float | None:
        """A score beside the value."""
        return self.scores[name].value if name in self.scores else None

    @property
    def is_model(self) -> bool:
        """Whether it has a size: what the objective counts by itself has none."""
        return self.kind != "baseline"


class PairedTest(Record):
    """The first of the ranking against another."""

    best: str
    second: str
    difference: float
    interval: tuple[float, float] | None = None
    p: float | None = None
    significant: bool
    sentence: str = ""


class Crossover(Record):
    """The length from which `fast` stays below `slow`; None where it never does."""

    slow: str
    fast: str
    length: float | None = None
    of: str


class Comparison(Record):
    """compare.json."""

    format: int
    quatrain: str | None = None
    seconds: float | None = None
    command: str = ""
    data: ComparedData
    budget: BudgetFacts = BudgetFacts()
    seeds: tuple[int, ...] = ()
    search: SearchFacts = SearchFacts()
    machine: ComparingMachine = ComparingMachine()
    entrants: tuple[Entrant, ...] = Field(min_length=1)
    ranking: tuple[str, ...] = ()
    test: PairedTest | None = None
    """Against the second."""
    counted_test: PairedTest | None = None
    """Against the best of what is counted, where that is not among the first two."""
    crossovers: tuple[Crossover, ...] = ()
    verdict: str

    @property
    def ranked(self) -> list[Entrant]:
        """Those with a result, in the order of it."""
        by_word = {entrant.word: entrant for entrant in self.entrants}
        return [by_word[word] for word in self.ranking]

    @property
    def unranked(self) -> list[Entrant]:
        """Those without one."""
        return [entrant for entrant in self.entrants if entrant.word not in self.ranking]


def read_comparison(folder: Path) -> Comparison:
    """Read the compare.json of a folder.

    Raises:
        RunError: it is missing, damaged, of another format, or ranks what did not enter.
    """
    path = folder / "compare.json"
    found = read_json(path, Comparison, remedy=REMEDY)
    if found is None:
        raise RunError(f"{path}: there is no such file, so this is not a comparison. `quatrain compare` makes one.")
    if found.format != FORMAT:
        raise RunError(f"{path}: format {found.format} is not {FORMAT}, the one known here. Update quatrain.")
    unknown = set(found.ranking) - {entrant.word for entrant in found.entrants if entrant.value is not None}
    if unknown:
        raise RunError(f"{path}: ranking names {sorted(unknown)}, which have no value. Restore it, or {REMEDY}.")
    return found
