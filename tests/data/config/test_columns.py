"""Columns are named by words or by numbers, as a person types them."""

from __future__ import annotations

import pytest

from quatrain.config import Config, override
from quatrain.data.config import (
    DataConfig,
    LabelledConfig,
    LabelledSeriesConfig,
    PairsConfig,
    SeriesConfig,
    TaggedConfig,
)
from quatrain.errors import ConfigError

SORTS = (DataConfig, LabelledConfig, LabelledSeriesConfig, PairsConfig, SeriesConfig, TaggedConfig)
COLUMNS = [(sort, name) for sort in SORTS for name in sort.model_fields if name.endswith("_column")]


@pytest.mark.parametrize(("sort", "name"), COLUMNS)
def test_a_column_may_be_a_number(sort: type[Config], name: str) -> None:
    changed = override(sort(path="a.csv"), [f"{name}=3"])
    assert getattr(changed, name) in ("3", ("3",))
    with pytest.raises(ConfigError, match=r"valid (string|tuple)"):
        override(sort(path="a.csv"), [f"{name}=true"])


@pytest.mark.parametrize("typed", ["columns=2", "columns=2,3", "columns=[2, 3]"])
def test_columns_may_be_numbers(typed: str) -> None:
    names = override(SeriesConfig(path="a.csv"), [typed]).columns
    assert (names or ())[0] == "2"


def test_sides_of_pairs_may_be_numbers() -> None:
    pairs = override(PairsConfig(path="a.tsv"), ["source=1", "target=2"])
    assert (pairs.source, pairs.target) == ("1", "2")
