"""Text from any sequence model: drawn, streamed, or searched for."""

from quatrain.generate.config import SamplingConfig
from quatrain.generate.decode import generate, stream
from quatrain.generate.generation import Generation

__all__ = ["Generation", "SamplingConfig", "generate", "stream"]
