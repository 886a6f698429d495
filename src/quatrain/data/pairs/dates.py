"""Dates as people write them, to be written as 2026-03-14: parallel text that needs no file, with exact answers.

Sources are written with the date patterns of Unicode's CLDR, as the package `babel` carries them, in twenty kinds of
writing: `Saturday, March 14, 2026`, `14.3.26`, `sábado, 14 de marzo de 2026`, `2026年3月14日`. Targets are ISO 8601.

Nothing in `3/4/2026` tells whether the day or the month comes first, and a language mark would be something that
nobody types. So a source never needs one: patterns of numbers alone are taken where they stand in the order day,
month, year, or begin with a year in four digits; others (American `M/d/yy`) are left out. The years are 1970 to
2069, in which two digits say which year is meant.

Validation and test are on days that training never saw. `test_dates` asks for them in the patterns of training,
`test_patterns` in one pattern of each kind of writing that training never saw either, but whose words it did: the
names of its months and of its days stand in other patterns of the same language. What a pattern of training would
write just so (`5 april 2020` is Dutch as well as Swedish) is not asked there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from quatrain.data.pairs.texts import Parallel, Texts
from quatrain.errors import MissingExtra

if TYPE_CHECKING:
    from babel import Locale

__all__ = ["DatePattern", "date_patterns", "read_dates"]

LOCALES = (
    "en", "en_GB", "de", "fr", "es", "it", "nl", "sv", "pt", "da", "fi", "pl", "cs", "hu", "ru", "uk", "el", "tr", "ja",
    "zh",
)  # fmt: skip
"""Languages, and where they are written, in which no word means two months."""
FIRST, LAST = date(1970, 1, 1), date(2069, 12, 31)
"""A hundred years."""
N_TRAIN, N_HELD_OUT = 30_000, 1_000
"""Pairs of the training part, and of each other part."""
SEED = 20_26
FIELD = re.compile(r"'[^']*'|([A-Za-z])\1*")
"""A quoted stretch, or a field such as `MMMM`."""


@dataclass(frozen=True)
class DatePattern:
    """One way to write a date in one language."""

    locale: str
    """A language and perhaps a region, such as `en_GB`."""
    pattern: str
    """In CLDR's notation, such as `EEEE, d MMMM y`."""

    def write(self, days: Sequence[date]) -> list[str]:
        """Dates written so."""
        from babel import Locale
        from babel.dates import parse_pattern

        locale, pattern = Locale.parse(self.locale), parse_pattern(self.pattern)
        return [pattern.apply(day, locale) for day in days]

    @property
    def fields(self) -> tuple[str, ...]:
        """Its fields in their order, such as `EEEE`, `d`, `MMMM`, `y`; the forms of a day's short name count as one."""
        found = (match.group() for match in FIELD.finditer(self.pattern) if match.group(1))
        return tuple({"EEE": "E", "ccc": "E", "cccc": "EEEE"}.get(field, field) for field in found)

    @property
    def words(self) -> frozenset[str]:
        """The fields that are words."""
        return frozenset(field for field in self.fields if field in ("E", "EEEE", "MMM", "MMMM"))

    @property
    def is_plain(self) -> bool:
        """Whether a reader can tell the month from the day and the year."""
        order = "".join(field[0] for field in self.fields if field[0] in "yMd")
        return bool(self.words & {"MMM", "MMMM"}) or order == "dMy" or (order == "yMd" and "y" in self.fields)


def date_patterns() -> tuple[list[DatePattern], list[DatePattern]]:
    """The patterns to learn from, and those held out: one of each kind of writing whose words are in others of it.

    Raises:
        MissingExtra: babel is not installed.
    """
    trained, held_out = [], []
    for index, locale in enumerate(_locales()):
        patterns = [pattern for pattern in _patterns_of(locale) if pattern.is_plain]
        spare = [
            one for one in patterns if one.words and one.words <= _words(other for other in patterns if other != one)
        ]
        held_out.append(spare[index % len(spare)])  # so that what one language holds out another one teaches
        trained += [pattern for pattern in patterns if pattern != held_out[-1]]
    return trained, held_out


def read_dates() -> Parallel:
    """The pairs, always the same with the same version of babel.

    Raises:
        MissingExtra: babel is not installed.
    """
    trained, held_out = date_patterns()
    generator = np.random.default_rng(SEED)
    days = generator.permutation((LAST - FIRST).days + 1)
    ends = np.cumsum([N_TRAIN, N_HELD_OUT, N_HELD_OUT])
    train, val, dates, unseen = np.split(days, ends)  # the last holds more than are asked, for some are passed over
    parts = {
        "train": _drawn("train", train, trained, generator),
        "val": _drawn("val", val, trained, generator),
        "test_dates": _drawn("test_dates", dates, trained, generator),
        "test_patterns": _new(_drawn("test_patterns", unseen, held_out, generator), held_out, trained),
    }
    direction = (
        f"Dates from {FIRST.year} to {LAST.year} in {len(trained)} patterns of {len(LOCALES)} languages and regions, "
        "to be written as 2026-03-14; validation and tests are on other days, test_patterns in "
        f"{len(held_out)} other patterns."
    )
    return Parallel("dates", parts, ("date", "iso"), direction)


def _drawn(name: str, days: np.ndarray, patterns: Sequence[DatePattern], generator: np.random.Generator) -> Texts:
    """Every day once: the language is drawn, then one of its patterns."""
    by_locale = [[pattern for pattern in patterns if pattern.locale == locale] for locale in LOCALES]
    choices = generator.integers(len(LOCALES), size=len(days)), generator.random(len(days))
    drawn = [by_locale[i][int(share * len(by_locale[i]))] for i, share in zip(*choices, strict=True)]
    targets = [FIRST + timedelta(days=int(day)) for day in days]
    src = [""] * len(days)
    for pattern in dict.fromkeys(drawn):
        rows = [row for row, one in enumerate(drawn) if one == pattern]
        for row, text in zip(rows, pattern.write([targets[row] for row in rows]), strict=True):
            src[row] = text
    tgt = [target.isoformat() for target in targets]
    return Texts.of_file(name, src, tgt, (f"dates, {name}", f"dates, {name}"), range(1, len(days) + 1))


def _new(texts: Texts, held_out: Sequence[DatePattern], trained: Sequence[DatePattern]) -> Texts:
    """What no pattern of training would write so, as many as are asked."""
    days = [date.fromisoformat(text) for text in texts.tgt]
    fields = {pattern.fields for pattern in held_out}
    rivals = [pattern.write(days) for pattern in trained if pattern.fields in fields]
    is_new = np.array([text not in known for text, known in zip(texts.src, zip(*rivals, strict=True), strict=True)])
    return texts.keep(is_new & (np.cumsum(is_new) <= N_HELD_OUT))


def _patterns_of(locale: Locale) -> list[DatePattern]:
    """Short, medium, long and full, and what CLDR has for year, month and day with and without the day's name."""
    found = [str(locale.date_formats[width].pattern) for width in ("short", "medium", "long", "full")]
    for skeleton in sorted(locale.datetime_skeletons):
        if set(skeleton) <= set("yMdEc") and set(skeleton) >= set("yMd"):
            found.append(str(locale.datetime_skeletons[skeleton].pattern))
    return [DatePattern(str(locale), pattern) for pattern in dict.fromkeys(found)]


def _words(patterns: Iterator[DatePattern]) -> frozenset[str]:
    return frozenset[str]().union(*(pattern.words for pattern in patterns))


def _locales() -> list[Locale]:
    try:
        from babel import Locale
    except ImportError:
        raise MissingExtra(
            "dates: writing dates in many languages needs an extra package: pip install 'quatrain[translate]'."
        ) from None
    return [Locale.parse(name) for name in LOCALES]
