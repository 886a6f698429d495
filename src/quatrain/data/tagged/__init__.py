"""Tagged text to batches: sentences whose words have tags, and the entities the tags spell."""

from quatrain.data.tagged.check import TagReport, check_tagged
from quatrain.data.tagged.opening import TaggedData, encode_tagged, open_tagged, wrapped
from quatrain.data.tagged.part import TaggedPart, WindowBatch, surfaces
from quatrain.data.tagged.reading import looks_tagged, read_untagged
from quatrain.data.tagged.sentences import Sentence
from quatrain.data.tagged.spans import Entity, bio, entities, type_of
from quatrain.data.tagged.units import Units
from quatrain.data.tagged.words import cut_words

__all__ = [
    "Entity",
    "Sentence",
    "TagReport",
    "TaggedData",
    "TaggedPart",
    "Units",
    "WindowBatch",
    "bio",
    "check_tagged",
    "cut_words",
    "encode_tagged",
    "entities",
    "looks_tagged",
    "open_tagged",
    "read_untagged",
    "surfaces",
    "type_of",
    "wrapped",
]
