"""The report on data, good and bad."""

import gzip
import json
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quatrain.data import DataConfig, TokenizerConfig
from quatrain.data.check import check_text
from quatrain.data.overlap import found_again


@pytest.fixture
def checked(tmp_path):
    """Checks a path with a cache of its own."""

    def check(path, seq_len=None, **settings):
        config = DataConfig(path=str(path), **({"tokenizer": TokenizerConfig(name="char")} | settings))
        return check_text(config, seq_len=seq_len, cache_dir=tmp_path / "cache")

    return check


def write_rows(path, rows):
    path.write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    return path


def test_a_sound_text_is_counted(tmp_path, checked):
    (tmp_path / "a.txt").write_text("héron\n" * 3 + "ab")
    report = checked(tmp_path / "a.txt")
    assert report.is_usable
    assert (report.n_documents, report.n_bytes, report.n_chars, report.n_distinct) == (1, 23, 20, 8)
    assert report.tokens == {"train": 19, "val": 4}
    assert report.tokens_per_byte == pytest.approx(23 / 23)
    assert (report.tokenizer, report.vocab_size, report.faults, report.warnings) == ("char", 9, (), ())
    assert json.loads(json.dumps(report.to_dict()))["is_usable"] is True


def test_every_wrong_byte_is_listed_with_its_line(tmp_path, checked):
    (tmp_path / "a.txt").write_bytes(b"fine\ncaf\xe9\nfine\n\xe8re\n")
    report = checked(tmp_path / "a.txt")
    assert [(fault.line, fault.byte) for fault in report.faults] == [(2, 8), (4, 15)]
    assert report.n_faults == 2
    assert not report.is_usable
    assert report.tokens == {}
    assert report.n_chars == 19


def test_faults_that_say_the_same_are_one_line_and_all_counted(tmp_path, checked):
    (tmp_path / "a.txt").write_bytes(b"\xff\n" * 1500)
    report = checked(tmp_path / "a.txt")
    assert [fault.line for fault in report.faults] == [1, 2, 3]
    assert (report.n_faults, report.faults[-1].n_more, report.n_chars) == (1500, 1497, 3000)
    errors = [line for line in report.lines() if line.startswith("ERROR")]
    assert len(errors) == 2
    assert "line 1, byte 0: byte 0xFF is not utf-8" in errors[0]
    assert errors[0].endswith("The same in line 2, byte 2, line 3, byte 4 and 1,497 more places.")
    assert errors[1] == "ERROR: 1,500 faults in all"


def test_faults_that_say_something_else_are_lines_of_their_own(tmp_path, checked):
    (tmp_path / "a.csv").write_text("text\n" + "a\n" * 5 + "a,b\na,b,c\n" + "a,b,c,d\n" * 9, encoding="utf-8")
    errors = [line for line in checked(tmp_path / "a.csv").lines() if line.startswith("ERROR")]
    assert [error.split(".csv, ")[1].split(" stand")[0] for error in errors[:3]] == [
        "line 7: 2 values",
        "line 8: 3 values",
        "line 9: 4 values",
    ]
    assert errors[2].endswith("The same in 8 more places.")
    assert errors[3:] == ["ERROR: 11 faults in all"]


def test_duplicates_blanks_and_long_documents_are_found(tmp_path, checked):
    rows = [f"row {i}" for i in range(30)] + ["row 3", "row 3", " \n", "", "x" * 50]
    report = checked(write_rows(tmp_path / "a.jsonl", rows), seq_len=40)
    assert report.n_documents == 34
    assert (report.n_duplicates, report.n_blank, report.n_long, report.longest) == (2, 2, 1, 51)
    assert report.duplicates == tuple(f"{tmp_path / 'a.jsonl'}, line {line}" for line in (31, 32))
    assert report.skipped == {"empty": 1}
    assert (report.overlap, report.overlap_of) == (0.0, "documents")


def test_validation_documents_found_in_training_are_a_share(tmp_path, checked):
    (tmp_path / "d").mkdir()
    write_rows(tmp_path / "d" / "train.jsonl", [f"row {i}" for i in range(50)])
    write_rows(tmp_path / "d" / "val.jsonl", [f"row {i}" for i in range(40, 60)])
    report = checked(tmp_path / "d")
    assert (report.overlap, report.overlap_of) == (0.5, "documents")


def test_a_single_text_that_repeats_itself_overlaps(tmp_path, checked):
    words = np.random.default_rng(0).integers(0, 10**6, 400)
    once = " ".join(map(str, words))
    (tmp_path / "once.txt").write_text(once)
    (tmp_path / "twice.txt").write_text(once + once)
    assert checked(tmp_path / "once.txt").overlap == 0
    report = checked(tmp_path / "twice.txt")
    assert (report.overlap, report.overlap_of) == (1, "stretches of 50 characters")


@given(st.text("ab", min_size=50, max_size=130), st.text("ab", min_size=50, max_size=130), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_stretches_are_found_as_substrings_are(sampled, searched, width):
    searched = searched + sampled[:70]
    pieces = [searched[i : i + width] for i in range(0, len(searched), width)]
    stretches = {sampled[i : i + 50] for i in range(len(sampled) - 49)}
    expected = sum(stretch in searched for stretch in stretches) / len(stretches)
    assert found_again([[sampled]], len(sampled), [pieces]) == pytest.approx(expected)


def test_odd_texts_are_warned_of(tmp_path, checked):
    (tmp_path / "a.txt").write_bytes(b"same\r\n" * 200 + b"\x07\xef\xbf\xbd other\n")
    warnings = checked(tmp_path / "a.txt", seq_len=500).warnings
    assert warnings == (
        "99% of the lines repeat an earlier one; the commonest, 'same\\r', stands 200 times.",
        "1 control characters stand in the text.",
        "200 carriage returns stand in the text; they are kept as characters.",
        "1 characters are U+FFFD: the text was decoded wrongly once before.",
        "The val part has 123 tokens, less than one row of 500.",
    )


def test_what_cannot_be_opened_is_a_fault(tmp_path, checked):
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "short.txt").write_text("x")
    (tmp_path / "damaged.zip").write_text("no archive")
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("../evil.txt", "evil")
        archive.writestr("good.txt", "good")
    messages = {name: checked(tmp_path / name).faults for name in ("absent", "empty.txt", "short.txt", "damaged.zip")}
    assert {name: len(faults) for name, faults in messages.items()} == dict.fromkeys(messages, 1)
    assert "no such file" in str(messages["absent"][0])
    assert "nothing in it is text" in str(messages["empty.txt"][0])
    assert "too short to be split" in str(messages["short.txt"][0])
    assert "cannot be read" in str(messages["damaged.zip"][0])
    evil = checked(tmp_path / "evil.zip")
    assert (evil.n_documents, evil.n_chars, evil.n_faults) == (1, 4, 1)


ENDINGS = ["txt", "jsonl", "csv", "tsv", "zip", "tar", "txt.gz", "txt.xz", "csv.bz2", "tar.gz", "md"]
SEEDS = [
    b'{"text": "a"}\n',
    b"text,n\nabc,1\n",
    gzip.compress(b"some text"),
    b"PK\x03\x04",
    b"\xff\xfea\0",
    b'"\n\r\x00',
]


@given(
    st.sampled_from(ENDINGS),
    st.lists(st.one_of(st.sampled_from(SEEDS), st.binary(max_size=40)), max_size=4).map(b"".join),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_makes_the_check_fail(tmp_path, ending, raw):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(raw)
    config = DataConfig(path=str(path), tokenizer=TokenizerConfig(name="byte"))
    report = check_text(config, seq_len=8, cache_dir=tmp_path / "cache")
    assert report.is_usable == (report.n_faults == 0)
    assert report.is_usable == bool(report.tokens)
    json.dumps(report.to_dict())
