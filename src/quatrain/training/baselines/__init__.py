"""The honest comparisons: what is counted or fitted in seconds and stands beside a trained model."""

from quatrain.training.baselines._base import Baseline

__all__ = ["Baseline"]
