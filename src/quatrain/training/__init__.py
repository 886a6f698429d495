"""Training: one loop; objectives, optimisers, schedules, checkpoints, evaluation."""

from quatrain.training.config import LoopConfig, TrainConfig
from quatrain.training.evaluation import Score, evaluate
from quatrain.training.fit import fit, learn, refuse_early
from quatrain.training.interrupts import Interrupted
from quatrain.training.planning import Request, data_config, otherwise, plan

__all__ = [
    "Interrupted",
    "LoopConfig",
    "Request",
    "Score",
    "TrainConfig",
    "data_config",
    "evaluate",
    "fit",
    "learn",
    "otherwise",
    "plan",
    "refuse_early",
]
