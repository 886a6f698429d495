"""Templates: one environment a format, which differ in how a value is made safe and visible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def environment(*, finalize: Callable[[Any], Any], autoescape: bool) -> Environment:
    """The templates of this package.

    Args:
        finalize: what is printed for a value.
        autoescape: whether what is printed is then escaped for HTML; Markdown has no such escape, so there
            `finalize` has to escape.
    """
    return Environment(
        loader=PackageLoader("quatrain.report"),
        autoescape=autoescape,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
