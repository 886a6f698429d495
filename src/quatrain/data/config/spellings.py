"""How dates and numbers of a table are written, where nothing in it tells."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from quatrain.data.cells import DateOrder, Mark

__all__ = ["Decimal", "OrderOfDates"]

OrderOfDates = Annotated[
    DateOrder | None,
    Field(
        description="Of dates such as 01/02/2026: whether the day (dmy) or the month (mdy) stands first, or a year of "
        "two digits (ymd); null: as a number above 12 anywhere in the column says, or the one order that makes a "
        "regular series, and dates with points between their numbers start with the day."
    ),
]
"""The order of the numbers of a date."""
Decimal = Annotated[
    Mark | None,
    Field(
        description="What stands before decimals where the numbers do not tell it, as in a column of 1,475 and 1,510; "
        "null: a point, or where semicolons separate the values a comma."
    ),
]
"""What stands before decimals."""
