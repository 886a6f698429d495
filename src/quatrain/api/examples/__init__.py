"""How runs come by their examples: a file a sort; `READERS` is the table by what a backbone reads."""

from quatrain.api.examples._base import NOT_UTF_8, ExampleReader, Unreadable, check_reading
from quatrain.api.examples.images import ImageReader
from quatrain.api.examples.series import SeriesReader
from quatrain.api.examples.text import TextReader

READERS: dict[str, type[ExampleReader]] = {"text": TextReader, "images": ImageReader, "series": SeriesReader}

__all__ = ["NOT_UTF_8", "READERS", "ExampleReader", "Unreadable", "check_reading"]
