"""Which architecture is better on this data, at what cost, with what certainty."""

from quatrain.compare.comparison import compare
from quatrain.compare.config import Budget, CompareConfig

__all__ = ["Budget", "CompareConfig", "compare"]
