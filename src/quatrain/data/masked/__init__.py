"""A text of which tokens are hidden: rows of one text or two in their frame, and what was hidden of them."""

from quatrain.data.masked.batches import MaskedBatch, MaskedBatches
from quatrain.data.masked.lexicon import Lexicon
from quatrain.data.masked.opening import SCORED_LEN, MaskedData, MaskedPart, encode_masked, open_masked

__all__ = [
    "SCORED_LEN",
    "Lexicon",
    "MaskedBatch",
    "MaskedBatches",
    "MaskedData",
    "MaskedPart",
    "encode_masked",
    "open_masked",
]
