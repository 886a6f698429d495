"""Training: one loop; objectives, optimisers, schedules, checkpoints, evaluation."""

from quatrain.train.config import LoopConfig, TrainConfig
from quatrain.train.evaluation import Score, evaluate
from quatrain.train.fit import fit, refuse_early
from quatrain.train.interrupts import Interrupted
from quatrain.train.plan import Request, data_config, plan

__all__ = [
    "Interrupted",
    "LoopConfig",
    "Request",
    "Score",
    "TrainConfig",
    "data_config",
    "evaluate",
    "fit",
    "plan",
    "refuse_early",
]
