"""Names of columns, as people write them: a name, or the number of a column that has none."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

__all__ = ["Column", "Names"]


def _name(value: Any) -> Any:
    """A whole number as the name it is written as."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _names(value: Any) -> Any:
    """Names joined by commas are several, and a number is one."""
    value = _name(value)
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(","))
    return tuple(map(_name, value)) if isinstance(value, list | tuple) else value


Column = Annotated[str, BeforeValidator(_name)]
"""The name of a column; of a table without a header its number, from 1."""
Names = Annotated[tuple[str, ...] | None, BeforeValidator(_names)]
"""The names of several."""
