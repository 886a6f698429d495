"""From words to entrants of the agreed size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quatrain.comparison.config import Budget, CompareConfig
from quatrain.comparison.entrants import Baseline, Counted, Entrant, Field, Trained
from quatrain.comparison.solve import WIDTHS, Measure, Ruler, Solution, solve
from quatrain.comparison.subjects import Subject
from quatrain.comparison.widths import SOLVED_FOR, depths, widened
from quatrain.config import override
from quatrain.errors import ConfigError
from quatrain.models import ModelConfig
from quatrain.training.config import LoopConfig, TrainConfig
from quatrain.training.objectives import OBJECTIVES

DECIDED = {
    "train.steps": "by --steps, beside --budget params=...",
    "train.seconds": "by --budget time=...",
    "train.seed": "by --seeds",
    "task": "by the data, and by --task where that can be read in two ways",
    "baseline_order": "by ngram:order=... among the models",
}
"""Settings that mean nothing to a comparison, and how it is told."""
STEPS = 1000
N_VALIDATIONS = 8


def enter(config: CompareConfig, subject: Subject) -> Field:
    """Solve every model's widths and write its recipe.

    Raises:
        ConfigError: an architecture is unknown, a setting is wrong, or no width meets the budget.
        DataError: the data is shorter than one row.
        MissingExtra: the result could not be scored.
    """
    OBJECTIVES[subject.objective].require()
    measure: Measure = "flops" if config.budget.of == "flops" else "params"
    base = _recipe(config, subject)
    seq_len, batch_size = base.train.seq_len, base.train.batch_size
    subject.data.train.batches(seed=0, batch_size=batch_size, seq_len=seq_len)  # refuses what is too short
    ruler = Ruler(measure, lambda model: subject.flops(model, seq_len), subject.target)
    width, n_layers = subject.reference(config.size, config.budget.amount if config.budget.of == "time" else None)
    yardstick = widened(subject.architecture(subject.yardstick, width, n_layers, seq_len), 4 * width)
    target = config.budget.amount if config.budget.of == "params" else config.budget.params
    if target is None:
        target = float(ruler(yardstick))
    if config.budget.of == "flops":
        per_step = target * subject.targets_per_update(batch_size, seq_len)
        n_steps = round(config.budget.amount / per_step)
        if n_steps < 1:
            raise ConfigError(
                f"--budget flops={config.budget.amount:.3g} is less than one update of this size ({per_step:.3g} "
                "operations). Give a larger one, or --size tiny."
            )
        base = base.replace(train=base.train.replace(steps=n_steps, seconds=None))
    entrants = tuple(_entrant(word, base, subject, n_layers, target, ruler, config.settings) for word in config.models)
    return Field(entrants, ruler, target)


def _recipe(config: CompareConfig, subject: Subject) -> TrainConfig:
    """What every entrant has in common; its model is a stand-in."""
    budget: Budget = config.budget
    length = {"seconds": budget.amount} if budget.of == "time" else {"steps": config.steps or STEPS, "seconds": None}
    recipe = TrainConfig(
        data=subject.settled,
        model=subject.architecture(subject.yardstick, d_model=WIDTHS[0], n_layers=1, seq_len=subject.seq_len),
        task=subject.objective,
        optim=subject.optim,
        train=LoopConfig(
            **subject.loop,
            n_validations=N_VALIDATIONS,
            checkpoint_seconds=60.0,
            keep_checkpoints=1,
            n_samples=0,
            **length,
        ),
        baseline_order=0,
    )
    about_training = [setting for setting in config.settings if not setting.startswith(("model.", "data."))]
    for setting in about_training:
        name = setting.partition("=")[0].strip()
        if name in DECIDED:
            raise ConfigError(f"--set {setting}: a comparison is told so {DECIDED[name]}.")
    return override(recipe, about_training)


def _entrant(
    word: str,
    base: TrainConfig,
    subject: Subject,
    n_layers: int,
    target: float,
    ruler: Ruler,
    settings: Sequence[str],
) -> Entrant:
    name, *own = word.split(":")
    if name in subject.baselines:
        return _baseline(word, own, base, subject)
    if name in subject.counted:
        model = override(subject.counted[name], own, word)
        return Counted(word, base.replace(model=model), {"order": model.order})
    wanted = [*(s.removeprefix("model.") for s in settings if s.startswith("model.")), *own]
    fixed = [setting for setting in wanted if setting.partition("=")[0].split(".")[-1] in SOLVED_FOR]
    if fixed:
        raise ConfigError(
            f"{word}: {fixed[0]}: widths are solved for, so that all models are of one size. Leave it out, and say how "
            "large all are by --budget params=... or --size."
        )
    seq_len = base.train.seq_len

    def build(d_model: int, d_ff: int) -> ModelConfig:
        model = override(subject.architecture(name, d_model, n_layers, seq_len), wanted, word)
        return widened(model, d_ff)

    solved = solve(word, build, target, ruler)
    return Trained(word, base.replace(model=solved.config), _widths(solved))


def _baseline(word: str, own: Sequence[str], base: TrainConfig, subject: Subject) -> Baseline:
    """With a stand-in that reads rows as long as those of the models."""
    if own:
        raise ConfigError(f"{word}: it is counted or fitted as it is, and has no settings. Leave out :{own[0]}.")
    model = subject.architecture(subject.yardstick, d_model=WIDTHS[0], n_layers=1, seq_len=base.train.seq_len)
    return Baseline(word, base.replace(model=model), {})


def _widths(solved: Solution) -> dict[str, Any]:
    """What was solved for, the layers as they are, and how far off the size is where it could not be met."""
    widths = {"d_model": solved.d_model, "d_ff": solved.d_ff}
    off = {"deviation": round(solved.deviation, 4)} if solved.deviation else {}
    return {name: width for name, width in widths.items() if width is not None} | depths(solved.config) | off
