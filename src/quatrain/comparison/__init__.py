"""Which architecture is better on this data, at what cost, with what certainty."""

from quatrain.comparison.conduct import conduct
from quatrain.comparison.config import Budget, CompareConfig

__all__ = ["Budget", "CompareConfig", "conduct"]
