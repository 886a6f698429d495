"""What a comparison is asked to do: saved as compare.toml, so that a stopped one goes on as it began."""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from quatrain.config import Config
from quatrain.data import AnyDataConfig
from quatrain.errors import ConfigError

BudgetKind = Literal["time", "params", "flops"]

DEFAULTS: dict[str, float] = {"time": 120.0, "params": 250e3, "flops": 1e14}
SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
COUNTS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}


class Budget(Config):
    """What is equal between the models, and how much of it each may have for one seed."""

    of: BudgetKind = "time"
    """time: seconds of training, at equal parameters; params: parameters, at equal updates; flops: floating-point
    operations of training, at equal operations a token."""
    amount: float = 120.0
    """Seconds, parameters or operations."""
    params: float | None = None
    """Parameters of every model where time is what is equal; null: by the dial."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, value in (("amount", self.amount), ("params", self.params)):
            if value is not None and value <= 0:
                raise ValueError(f"{name}={value} must be above 0.")
        if self.params is not None and self.of != "time":
            raise ValueError("params stands beside a time alone, as in time=5m,params=250k.")
        return self

    @classmethod
    def parse(cls, text: str) -> Budget:
        """`time`, `time=5m`, `time=5m,params=250k`, `params=250k`, `flops=1e14`.

        Raises:
            ConfigError: it is none of these.

        Example:
            >>> Budget.parse("time=1m30s").amount, Budget.parse("params=2M").amount
            (90.0, 2000000.0)
        """
        whole, _, second = text.partition(",")
        of, _, amount = whole.partition("=")
        if of not in DEFAULTS or (second and not second.startswith("params=")):
            raise ConfigError(f"--budget {text}: write time=2m, time=2m,params=250k, params=250k or flops=1e14.")
        values = {"of": of, "amount": _amount(of, amount, text) if amount else DEFAULTS[of]}
        if second:
            values["params"] = _amount("params", second.removeprefix("params="), text)
        return cls.from_dict(values, "--budget")


def _amount(of: str, amount: str, text: str) -> float:
    units = SECONDS if of == "time" else COUNTS
    number = r"\d+(?:\.\d+)?(?:e\+?\d+)?"
    parts = re.findall(rf"({number})([a-zA-Z]?)", amount)
    total = sum(float(value) * units.get(unit or ("s" if of == "time" else ""), float("nan")) for value, unit in parts)
    if "".join(value + unit for value, unit in parts) != amount or not total > 0:
        example = "time=90s, time=5m" if of == "time" else f"{of}=250k, {of}=2M, {of}=1e6"
        raise ConfigError(f"--budget {text}: {amount!r} is no amount of {of}. Write for example {example}.")
    return total


class CompareConfig(Config):
    """A whole comparison."""

    data: AnyDataConfig
    """What the models learn: a text, hidden words of one, parallel text, classes of texts or pictures, tagged
    sentences, a series, or a task with known answers."""
    models: tuple[str, ...]
    """Words of architectures, hybrids joined by `+`, each with settings of its own behind colons."""
    budget: Budget = Budget()
    """What is equal, and how much of it."""
    seeds: int = 3
    """Trainings a model, each with another start and another order of the data."""
    size: Literal["auto", "tiny", "small", "medium", "large"] = "auto"
    """The notch of the dial that parameters (or operations a token) are taken from, where the budget does not say."""
    steps: int | None = None
    """Updates a training, where the budget is one of parameters; null: 1000."""
    search: tuple[float, ...] = (0.3, 1.0, 3.0)
    """Learning rates tried, as factors of the recipe's; a single one is taken untried."""
    search_share: float = 1 / 3
    """Share of a model's whole budget that the search may take."""
    settings: Annotated[tuple[str, ...], BeforeValidator(tuple)] = ()
    """Dotted settings of every training, such as train.seq_len=256."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.models) < 2:
            raise ValueError("models: a comparison needs at least two, for example --models transformer,lstm.")
        doubles = sorted({word for word in self.models if self.models.count(word) > 1})
        if doubles:
            raise ValueError(f"models: {doubles[0]} is named twice.")
        if self.seeds < 1:
            raise ValueError(f"seeds={self.seeds} must be at least 1; 3 tell luck from skill.")
        if not self.search or not all(0 < factor < math.inf for factor in self.search):
            raise ValueError(f"search={list(self.search)} must name at least one factor, each above 0 and finite.")
        if len({f"{factor:g}" for factor in self.search}) < len(self.search):
            raise ValueError(f"search={list(self.search)} names a factor twice.")
        if not 0 < self.search_share < 1:
            raise ValueError(f"search_share={self.search_share} must lie in (0, 1).")
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"steps={self.steps} must be at least 1.")
        if self.steps is not None and self.budget.of != "params":
            raise ValueError(f"steps={self.steps} needs a budget of parameters, as --budget params=250k.")
        return self

    @property
    def shares(self) -> tuple[float, float]:
        """Of one seed's budget, the shares of a trial of a rate and of a training, which is never the shorter."""
        if len(self.search) == 1:
            return 0.0, 1.0
        n_trials, n_seeds = len(self.search), self.seeds
        trial = min(self.search_share * n_seeds / n_trials, n_seeds / (n_seeds + n_trials))
        return trial, 1 - trial * n_trials / n_seeds
