"""Files to batches: read, check, split, tokenise, cut into rows."""

from quatrain.data._types import Batch, Corpus
from quatrain.data.batches import Batches, windows
from quatrain.data.check import DataReport, check_text
from quatrain.data.config import (
    AnyDataConfig,
    DataConfig,
    LabelledConfig,
    MaskedConfig,
    PairsConfig,
    SeriesConfig,
    TokenizerConfig,
)
from quatrain.data.corpus import TextData, encode_text, open_text
from quatrain.data.examples import ExampleBatch, ExamplePart
from quatrain.data.framing import Framing
from quatrain.data.labelled import (
    LabelledData,
    TextExamples,
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
from quatrain.data.tasks import Task, task_of
from quatrain.data.tasks.exam import Exam, TaskData
from quatrain.data.tokenizers import END_OF_TEXT, Tokenizer

__all__ = [
    "END_OF_TEXT",
    "NOT_TEXT",
    "AnyDataConfig",
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
    "Task",
    "TaskData",
    "TextData",
    "TextExamples",
    "Tokenizer",
    "TokenizerConfig",
    "check_data",
    "check_pairs",
    "check_series",
    "check_text",
    "encode_labelled",
    "encode_masked",
    "encode_pairs",
    "encode_text",
    "looks_labelled",
    "looks_parallel",
    "open_data",
    "open_labelled",
    "open_masked",
    "open_pairs",
    "open_series",
    "open_text",
    "read_documents",
    "read_lines",
    "read_sides",
    "task_of",
    "windows",
]
