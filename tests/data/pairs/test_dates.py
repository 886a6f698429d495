"""Dates: every answer verified by babel and datetime, none of them in doubt, and nothing unseen seen."""

import re
import sys
from datetime import date, timedelta

import pytest

from quatrain.data import PairsConfig, open_pairs
from quatrain.data.pairs.dates import FIRST, LAST, LOCALES, DatePattern, date_patterns, read_dates
from quatrain.errors import MissingExtra

babel_dates = pytest.importorskip("babel.dates", reason="the extra package babel is not installed")


@pytest.fixture(scope="module")
def read():
    return read_dates()


@pytest.fixture(scope="module")
def patterns():
    return date_patterns()


def written(day, pattern):
    """By babel's own function for it."""
    return babel_dates.format_date(day, format=pattern.pattern, locale=pattern.locale)


@pytest.mark.parametrize("part", ["val", "test_dates", "test_patterns"])
def test_every_source_is_what_babel_writes_for_its_target(read, patterns, part):
    trained, held_out = patterns
    possible = held_out if part == "test_patterns" else trained
    texts = read.parts[part]
    for source, target in list(zip(texts.src, texts.tgt, strict=True))[::5]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", target)
        day = date.fromisoformat(target)
        assert FIRST <= day <= LAST
        assert any(written(day, pattern) == source for pattern in possible)


def test_no_text_means_two_days(patterns):
    days = [date(2001, 1, 1) + timedelta(days=i) for i in range(0, 12 * 365, 3)]
    few = days[::12]
    meant: dict[str, date] = {}
    for pattern in (*patterns[0], *patterns[1]):
        for day in days if not pattern.words else few:
            assert meant.setdefault(written(day, pattern), day) == day


def test_numbers_stand_in_an_order_that_can_be_told(patterns):
    assert not DatePattern("en", "M/d/yy").is_plain
    assert not DatePattern("ko", "yy. M. d.").is_plain
    assert DatePattern("de", "dd.MM.yy").is_plain
    assert DatePattern("sv", "E, y-MM-dd").is_plain
    assert DatePattern("en", "MMMM d, y").is_plain
    assert all(pattern.is_plain for group in patterns for pattern in group)


def test_parts_have_days_of_their_own_and_the_sizes_they_should(read):
    assert {name: len(part) for name, part in read.parts.items()} == {
        "train": 30_000,
        "val": 1_000,
        "test_dates": 1_000,
        "test_patterns": 1_000,
    }
    days = [day for part in read.parts.values() for day in part.tgt]
    assert len({*days}) == len(days)


def test_patterns_held_out_are_in_no_training_text(read, patterns):
    trained, held_out = patterns
    assert not {*trained} & {*held_out}
    assert [pattern.locale for pattern in held_out] == list(LOCALES)
    texts = read.parts["test_patterns"]
    for source, target in list(zip(texts.src, texts.tgt, strict=True))[::20]:
        day = date.fromisoformat(target)
        assert source not in {written(day, pattern) for pattern in trained}


def test_the_words_of_what_is_held_out_are_learned_elsewhere(patterns):
    trained, held_out = patterns
    for pattern in held_out:
        known = [other.words for other in trained if other.locale == pattern.locale]
        assert pattern.words
        assert pattern.words <= frozenset().union(*known)


def test_every_kind_of_writing_and_every_pattern_is_drawn(read, patterns):
    train = read.parts["train"]
    by_day = dict(zip(train.tgt, train.src, strict=True))
    drawn = set()
    for target, source in list(by_day.items())[:6000]:
        day = date.fromisoformat(target)
        drawn |= {pattern for pattern in patterns[0] if pattern not in drawn and written(day, pattern) == source}
    assert drawn == {*patterns[0]}


def test_the_same_pairs_are_drawn_each_time(read):
    again = read_dates()
    assert [part.src for part in again.parts.values()] == [part.src for part in read.parts.values()]


def test_dates_are_opened_by_name_as_characters():
    data = open_pairs(PairsConfig(path="dates"))
    assert (data.name, data.sides, data.tokenizer.name) == ("dates", ("date", "iso"), "char")
    assert data.tokenizer.vocab_size < 256
    assert list(data.tests) == ["test_dates", "test_patterns"]
    assert data.train.src_lengths.max() < 64
    assert {*data.train.tgt_lengths.tolist()} == {11}


def test_a_file_called_dates_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dates").mkdir()
    for language in ("en", "de"):
        (tmp_path / "dates" / f"all.{language}").write_text(f"{language} 1\n{language} 2\n")
    assert open_pairs(PairsConfig(path="dates")).sides == ("en", "de")


def test_without_babel_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "babel", None)
    with pytest.raises(MissingExtra, match=re.escape("pip install 'quatrain[translate]'")):
        read_dates()
