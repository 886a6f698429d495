"""Files to batches: read, check, split, tokenise, cut into rows."""

from quatrain.data._types import Batch, Corpus
from quatrain.data.batches import Batches, windows
from quatrain.data.check import DataReport, check_text
from quatrain.data.config import (
    AnyDataConfig,
    AugmentConfig,
    DataConfig,
    ImagesConfig,
    LabelledConfig,
    MaskedConfig,
    PairsConfig,
    SeriesConfig,
    TaggedConfig,
    TokenizerConfig,
)
from quatrain.data.corpus import TextData, encode_text, open_text
from quatrain.data.examples import ExampleBatch, ExamplePart
from quatrain.data.framing import Framing
from quatrain.data.images import ImageData, ImageExamples, encode_images, looks_like_pictures, open_images
from quatrain.data.labelled import (
    LabelledData,
    LabelReport,
    TextExamples,
    check_labelled,
    encode_labelled,
    looks_labelled,
    open_labelled,
    read_sides,
)
from quatrain.data.lines import NOT_TEXT, read_lines
from quatrain.data.masked import MaskedBatch, MaskedData, MaskedPart, encode_masked, open_masked
from quatrain.data.opening import check_data, open_data
from quatrain.data.pairs import (
    PairBatch,
    PairBatches,
    PairData,
    PairReport,
    Pairs,
    check_pairs,
    encode_pairs,
    looks_parallel,
    open_pairs,
)
from quatrain.data.readers import Document, read_documents
from quatrain.data.series import SeriesData, SeriesPart, SeriesReport, check_series, open_series
from quatrain.data.tagged import (
    TaggedData,
    TaggedPart,
    TagReport,
    check_tagged,
    encode_tagged,
    looks_tagged,
    open_tagged,
)
from quatrain.data.tasks import Task, task_of
from quatrain.data.tasks.exam import Exam, TaskData
from quatrain.data.tokenizers import END_OF_TEXT, Tokenizer

__all__ = [
    "END_OF_TEXT",
    "NOT_TEXT",
    "AnyDataConfig",
    "AugmentConfig",
    "Batch",
    "Batches",
    "Corpus",
    "DataConfig",
    "DataReport",
    "Document",
    "Exam",
    "ExampleBatch",
    "ExamplePart",
    "Framing",
    "ImageData",
    "ImageExamples",
    "ImagesConfig",
    "LabelReport",
    "LabelledConfig",
    "LabelledData",
    "MaskedBatch",
    "MaskedConfig",
    "MaskedData",
    "MaskedPart",
    "PairBatch",
    "PairBatches",
    "PairData",
    "PairReport",
    "Pairs",
    "PairsConfig",
    "SeriesConfig",
    "SeriesData",
    "SeriesPart",
    "SeriesReport",
    "TagReport",
    "TaggedConfig",
    "TaggedData",
    "TaggedPart",
    "Task",
    "TaskData",
    "TextData",
    "TextExamples",
    "Tokenizer",
    "TokenizerConfig",
    "check_data",
    "check_labelled",
    "check_pairs",
    "check_series",
    "check_tagged",
    "check_text",
    "encode_images",
    "encode_labelled",
    "encode_masked",
    "encode_pairs",
    "encode_tagged",
    "encode_text",
    "looks_labelled",
    "looks_like_pictures",
    "looks_parallel",
    "looks_tagged",
    "open_data",
    "open_images",
    "open_labelled",
    "open_masked",
    "open_pairs",
    "open_series",
    "open_tagged",
    "open_text",
    "read_documents",
    "read_lines",
    "read_sides",
    "task_of",
    "windows",
]
