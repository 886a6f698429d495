"""Labelled texts of a few words."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

GOOD = ("a fine film", "great fun", "i loved it", "warm and wise", "a joy", "so moving", "fine acting", "great cast")
BAD = ("a dull film", "no fun", "i hated it", "cold and flat", "a bore", "so tired", "poor acting", "weak cast")
Row = tuple[str, str]


def reviews() -> list[Row]:
    """(text, label) of sixteen reviews."""
    return [row for pair in zip(GOOD, BAD, strict=True) for row in ((pair[0], "pos"), (pair[1], "neg"))]


@pytest.fixture
def rows() -> list[Row]:
    return reviews()


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a table under the ending of its name, and return its path."""

    def table(name: str, rows: Sequence[Sequence[object]], columns: Sequence[str] = ("text", "label")) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".jsonl":
            lines = [json.dumps(dict(zip(columns, row, strict=True))) for row in rows]
        else:
            mark = {".csv": ",", ".tsv": "\t"}[path.suffix]
            lines = [mark.join(map(str, row)) for row in ((columns, *rows) if columns else rows)]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return table
