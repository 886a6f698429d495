"""A person's text on a page: every character shown, none of them acting."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
MARKDOWN = re.compile(r"([\\`*_\[\]<>|#~$&])")


def visible(text: str) -> str:
    """Controls, unpaired surrogates and marks that turn the line around, as signs that can be seen."""
    return CONTROLS.sub(_sign, text)


def _sign(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def html_value(value: Any) -> Any:
    """What a page template prints for a value; the template escapes the rest."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def markdown_value(value: Any) -> str:
    """What a Markdown template prints for a value: one line that Markdown does not act on."""
    if isinstance(value, Markup):
        return str(value)
    return MARKDOWN.sub(r"\\\1", " ".join(visible(str(value)).split()))


def fenced(text: str, language: str = "") -> Markup:
    """A Markdown code block around a text, whatever backticks it holds."""
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markup(f"{fence}{language}\n{visible(text).strip()}\n{fence}")
