"""Numbers in the spellings of people, decided over a column."""

from __future__ import annotations

import pytest

from quatrain.data.cells import mark_of, numbers_of


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1,234.50", "999.1"], [1234.5, 999.1]),
        (["$1,234.50", "-$3.1"], [1234.5, -3.1]),
        (["1.234,50 €", "3"], [1234.5, 3]),
        (["12.5%", "3 %"], [12.5, 3]),
        (["1051,49", "3,2"], [1051.49, 3.2]),
        (["1.051", "3,2"], [1051, 3.2]),
        (["1.051", "2.300"], [1.051, 2.3]),
        (["1,234", "2,345"], [1234, 2345]),
        (["0,123", "0,345"], [0.123, 0.345]),
        (["1 234,5", "2"], [1234.5, 2]),
        (["1.5M", "300K"], [1.5e6, 3e5]),
        (["1e5", "-2"], [1e5, -2]),
    ],
)
def test_a_column_of_numbers(cells: list[str], expected: list[float]) -> None:
    column = numbers_of(cells, mark_of(cells))
    assert not column.words
    assert column.values.tolist() == pytest.approx(expected)


def test_a_comma_that_could_be_either_is_what_the_table_says() -> None:
    cells = ["1,234", "2,345"]
    assert numbers_of(cells, mark_of(["1,234"], ",")).values.tolist() == [1.234, 2.345]
    assert numbers_of(cells, mark_of(["1,234", "0,5"])).values.tolist() == [1.234, 2.345]


def test_numbers_of_two_spellings_are_words_where_they_are_fewer() -> None:
    column = numbers_of(["1.5", "2.5", "3,5"])
    assert dict(column.words) == {2: "3,5"}
