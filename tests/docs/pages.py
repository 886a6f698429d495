"""The pages of the project as data: their blocks of code, links, flags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    where: str
    """Page and line, for messages."""
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks, first to last."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(f"{page.name}, line {text[: found.start()].count(chr(10)) + 1}", found[1], found[2])
        for found in FENCED.finditer(text)
    ]


def prose(page: Path) -> str:
    """The page without its blocks."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    """Targets of all links that stay in the project."""
    return [target for target in LINK.findall(prose(page)) if "://" not in target]


def anchors(page: Path) -> set[str]:
    """What `#...` may name: the headings as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def flags(page: Path) -> set[str]:
    """Every `--flag` the page names."""
    return set(FLAG.findall(page.read_text(encoding="utf-8")))
