"""Everything a person may point at, and everything that may be wrong with it."""

import bz2
import gzip
import io
import json
import tarfile
import zipfile

import pytest

from quatrain.data import PairsConfig
from quatrain.data.pairs import looks_parallel
from quatrain.data.pairs.reading import read_parallel
from quatrain.errors import ConfigError, DataError

EN = ["a dog", "two dogs", "a cat"]
DE = ["ein Hund", "zwei Hunde", "eine Katze"]


def text_of(lines):
    return "".join(f"{line}\n" for line in lines)


def write(folder, **files):
    """`write(folder, train_en=lines)` makes train.en."""
    for name, lines in files.items():
        folder.joinpath(".".join(name.rsplit("_", 1))).write_text(text_of(lines), encoding="utf-8")
    return folder


def read(path, other=None, /, **settings):
    return read_parallel(PairsConfig(path=str(path), target_path=None if other is None else str(other), **settings))


def refusal(path, other=None, /, **settings):
    with pytest.raises(DataError) as caught:
        read(path, other, **settings)
    return str(caught.value)


def sides(part):
    return list(zip(part.src, part.tgt, strict=True))


# ---- two files side by side


def test_two_files_are_read_line_by_line_in_the_order_they_were_typed(tmp_path):
    write(tmp_path, a_en=EN, a_de=DE)
    found = read(tmp_path / "a.de", tmp_path / "a.en")
    assert sides(found.parts["train"]) == list(zip(DE, EN, strict=True))
    assert found.sides == ("de", "en")
    assert found.direction == (
        "From de (a.de) to en (a.en). For the other way round, give the files in the other order."
    )


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_compressed_files_are_read_as_they_lie(tmp_path, ending, pack):
    for language, lines in (("en", EN), ("de", DE)):
        (tmp_path / f"train.{language}{ending}").write_bytes(pack(text_of(lines).encode()))
    found = read(tmp_path / f"train.en{ending}", tmp_path / f"train.de{ending}")
    assert sides(found.parts["train"]) == list(zip(EN, DE, strict=True))
    assert found.sides == ("en", "de")


@pytest.mark.parametrize("setting", [{"source": "de"}, {"target": "en"}, {"source": "de", "target": "en"}])
def test_a_setting_turns_two_files_round(tmp_path, setting):
    write(tmp_path, a_en=EN, a_de=DE)
    assert read(tmp_path / "a.en", tmp_path / "a.de", **setting).parts["train"].src == DE


def test_a_setting_that_names_no_file_is_refused(tmp_path):
    write(tmp_path, a_en=EN, a_de=DE)
    with pytest.raises(ConfigError, match=r"data\.source: no file ends in \.fr: they end in \.en and \.de\."):
        read(tmp_path / "a.en", tmp_path / "a.de", source="fr")


def test_windows_line_ends_and_the_last_line_without_one_change_nothing(tmp_path):
    (tmp_path / "a.en").write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    (tmp_path / "a.de").write_bytes(b"eins\nzwei")
    assert sides(read(tmp_path / "a.en", tmp_path / "a.de").parts["train"]) == [("one", "eins"), ("two", "zwei")]


def test_odd_separators_inside_a_line_do_not_end_it(tmp_path):
    write(tmp_path, a_en=["one\u2028more\x0bof it", "two"], a_de=["eins", "zwei"])
    assert len(read(tmp_path / "a.en", tmp_path / "a.de").parts["train"]) == 2


def test_unequal_counts_name_both_files_both_counts_and_the_first_line_without_a_partner(tmp_path):
    write(tmp_path, a_en=EN, a_de=DE[:2])
    message = refusal(tmp_path / "a.en", tmp_path / "a.de")
    assert message.startswith(
        f"{tmp_path / 'a.en'}: it has 3 lines, but {tmp_path / 'a.de'} has 2: from line 3 on ('a cat') there is no "
        "partner. Mend the files so that line n of one translates line n of the other"
    )
    assert f"{tmp_path / 'a.en'}: it has 3 lines" in refusal(tmp_path / "a.de", tmp_path / "a.en")


def test_a_folder_or_a_table_is_no_side(tmp_path):
    write(tmp_path, a_en=EN)
    (tmp_path / "a.tsv").write_text("x\ty\n")
    assert "each is the file of one side" in refusal(tmp_path, tmp_path / "a.en")
    assert "a table holds both sides" in refusal(tmp_path / "a.en", tmp_path / "a.tsv")


def test_one_side_alone_is_refused_with_the_other_one_beside_it(tmp_path):
    write(tmp_path, a_en=EN, a_de=DE)
    message = refusal(tmp_path / "a.en")
    assert f"quatrain train {tmp_path / 'a.en'} {tmp_path / 'a.de'} --task translate" in message


def test_what_is_not_there_is_said_with_what_always_is(tmp_path):
    assert "there is no such file or folder" in refusal(tmp_path / "absent")
    assert "Did you mean 'dates'? What is always there can be named instead: dates." in refusal("datse")


# ---- what is damaged


def test_a_damaged_gz_is_named(tmp_path):
    whole = gzip.compress(text_of(EN * 1000).encode())
    (tmp_path / "a.en.gz").write_bytes(whole[: len(whole) // 2])
    write(tmp_path, a_de=DE)
    message = refusal(tmp_path / "a.en.gz", tmp_path / "a.de")
    assert message.startswith(f"{tmp_path / 'a.en.gz'}: cannot be read")
    assert message.endswith("The file is damaged, incomplete or locked: fetch it again, or leave it out.")


def test_a_wrong_encoding_is_named_with_line_and_byte(tmp_path):
    write(tmp_path, a_en=EN)
    (tmp_path / "a.de").write_bytes("ein Hund\nzwölf\neine Katze\n".encode("latin-1"))
    message = refusal(tmp_path / "a.en", tmp_path / "a.de")
    assert message == (
        f"{tmp_path / 'a.de'}, line 2, byte 11: byte 0xF6 is not utf-8. The file looks like latin-1: try --set "
        "data.encoding=latin-1."
    )


def test_the_encoding_asked_for_is_used(tmp_path):
    for name, lines in (("a.en", EN), ("a.de", ["ä", "ö", "ü"])):
        (tmp_path / name).write_bytes(text_of(lines).encode("utf-16"))
    found = read(tmp_path / "a.en", tmp_path / "a.de", encoding="utf-16")
    assert found.parts["train"].tgt == ["ä", "ö", "ü"]


def test_a_binary_file_is_no_side(tmp_path):
    write(tmp_path, a_en=EN)
    (tmp_path / "a.de").write_bytes(b"ein\0Hund\n")
    assert "this is a binary file, not text" in refusal(tmp_path / "a.en", tmp_path / "a.de")


# ---- folders


def test_a_folder_keeps_its_parts_and_the_names_of_its_tests(tmp_path):
    for part in ("train", "val", "test_2016_flickr", "test_2017_flickr"):
        write(tmp_path, **{f"{part}_en": [f"{part} en"], f"{part}_de": [f"{part} de"]})
    found = read(tmp_path)
    assert list(found.parts) == ["train", "val", "test_2016_flickr", "test_2017_flickr"]
    assert sides(found.parts["test_2017_flickr"]) == [("test_2017_flickr en", "test_2017_flickr de")]
    assert found.direction == "From en to de. For the other way round: --set data.source=de --set data.target=en."


def test_a_folder_without_parts_is_one_part(tmp_path):
    write(tmp_path, news_en=EN, news_de=DE, talks_en=["x"], talks_de=["y"])
    found = read(tmp_path)
    assert list(found.parts) == ["train"]
    assert found.parts["train"].src == [*EN, "x"]
    assert found.parts["train"].place(3, 1) == f"{tmp_path / 'talks.de'}, line 1"


def test_files_that_belong_to_no_part_are_left_out_aloud(tmp_path):
    write(tmp_path, train_en=EN, train_de=DE, news_en=EN, news_de=DE, README_md=["hello"])
    found = read(tmp_path)
    assert len(found.parts["train"]) == 3
    assert "Left out 3 files" in found.notes[0]


def test_folders_may_name_the_parts(tmp_path):
    for part in ("train", "dev", "test"):
        (tmp_path / part).mkdir()
        write(tmp_path / part, text_en=[part], text_de=[part])
    found = read(tmp_path)
    assert {name: part.src for name, part in found.parts.items()} == {
        "train": ["train"],
        "val": ["dev"],
        "test": ["test"],
    }


@pytest.mark.parametrize(
    ("name", "languages", "expected"),
    [
        ("data", ("de", "en"), ("en", "de")),
        ("wmt.de-en", ("de", "en"), ("de", "en")),
        ("wmt_en_fr", ("en", "fr"), ("en", "fr")),
        ("data", ("fr", "it"), ("fr", "it")),
        ("data", ("tgt", "src"), ("src", "tgt")),
        ("data", ("pt-br", "en_us"), ("en_us", "pt-br")),
        ("data", ("deu", "eng"), ("eng", "deu")),
    ],
)
def test_which_way_is_found_out(tmp_path, name, languages, expected):
    (tmp_path / name).mkdir()
    for language in languages:
        (tmp_path / name / f"train.{language}").write_text(f"{language}\n")
    found = read(tmp_path / name)
    assert found.sides == expected
    assert found.parts["train"].src == [expected[0]]
    turned = read(tmp_path / name, source=expected[1], target=expected[0])
    assert turned.parts["train"].src == [expected[1]]
    assert turned.direction == f"From {expected[1]} to {expected[0]}."


def test_one_language_alone_is_refused(tmp_path):
    write(tmp_path, train_en=EN, val_en=EN)
    assert "all files with a language end in .en, so there is one side only" in refusal(tmp_path)


def test_three_languages_are_refused_until_two_are_named(tmp_path):
    write(tmp_path, train_en=EN, train_de=DE, train_fr=["un chien", "deux chiens", "un chat"])
    message = refusal(tmp_path)
    assert "there are 3 languages, de, en, fr, and a pair has two" in message
    assert "--set data.source=de --set data.target=en" in message
    assert read(tmp_path, source="fr", target="en").parts["train"].src[0] == "un chien"


def test_a_side_that_is_missing_in_one_part_is_named(tmp_path):
    write(tmp_path, train_en=EN, train_de=DE, val_en=EN)
    assert refusal(tmp_path) == (
        f"{tmp_path / 'val.en'}: its other side, val.de, is not there. Add val.de, or take val.en away."
    )


def test_a_folder_without_languages_or_tables_says_what_it_holds(tmp_path):
    write(tmp_path, notes_txt=EN, more_txt=DE)
    message = refusal(tmp_path)
    assert "it holds more.txt, notes.txt, but no two files of one name that end in their languages" in message


def test_one_side_twice_is_refused(tmp_path):
    write(tmp_path, train_en=EN, train_de=DE)
    (tmp_path / "train.en.gz").write_bytes(gzip.compress(text_of(EN).encode()))
    assert "is the same side of the same part" in refusal(tmp_path)


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_archives_are_read_where_they_lie(tmp_path, kind):
    members = {"d/train.en": EN, "d/train.de": DE, "d/val.en": ["x"], "d/val.de": ["y"]}
    path = tmp_path / f"d.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, lines in members.items():
                archive.writestr(name, text_of(lines))
    else:
        with tarfile.open(path, "w:gz") as archive:
            for name, lines in members.items():
                content = text_of(lines).encode()
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    found = read(path)
    assert sides(found.parts["train"]) == list(zip(EN, DE, strict=True))
    assert sides(found.parts["val"]) == [("x", "y")]


# ---- tables


def table(path, rows, separator="\t"):
    path.write_text("".join(separator.join(row) + "\n" for row in rows), encoding="utf-8")
    return path


ROWS = list(zip(EN, DE, strict=True))


def test_a_tsv_without_a_header_has_its_sides_in_order(tmp_path):
    found = read(table(tmp_path / "a.tsv", ROWS))
    assert sides(found.parts["train"]) == ROWS
    assert found.direction == (
        "From column number 1 to column number 2. The first row is read as a pair, not as names of columns. For the "
        "other way round: --set data.source='2' --set data.target='1'."
    )
    assert read(tmp_path / "a.tsv", source="2", target="1").parts["train"].src == DE


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (("src", "tgt"), ("src", "tgt")),
        (("target", "source"), ("source", "target")),
        (("de", "en"), ("de", "en")),
        (("English", "Deutsch"), ("English", "Deutsch")),
    ],
)
def test_a_header_names_the_sides(tmp_path, header, expected):
    found = read(table(tmp_path / "a.csv", [header, *ROWS], ","))
    assert found.sides == expected
    assert found.parts["train"].src == (EN if expected[0] == header[0] else DE)
    assert found.parts["train"].place(0) == f"{tmp_path / 'a.csv'}, line 2"


def test_columns_are_found_among_others(tmp_path):
    rows = [("id", "en", "note", "de"), *((str(i), en, "good", de) for i, (en, de) in enumerate(ROWS))]
    assert sides(read(table(tmp_path / "a.tsv", rows)).parts["train"]) == ROWS
    found = read(tmp_path / "a.tsv", source="de", target="en")
    assert (found.parts["train"].src, found.direction) == (DE, "From column de to column en.")
    assert read(tmp_path / "a.tsv", target="en").parts["train"].src == DE


def test_quotes_are_plain_in_tsv_and_quotes_in_csv(tmp_path):
    table(tmp_path / "a.tsv", [('"quoted" text', "ja")])
    (tmp_path / "a.csv").write_text('"one, two","eins, zwei"\n')
    assert sides(read(tmp_path / "a.tsv").parts["train"]) == [('"quoted" text', "ja")]
    assert sides(read(tmp_path / "a.csv").parts["train"]) == [("one, two", "eins, zwei")]


@pytest.mark.parametrize("nested", [False, True])
def test_jsonl_may_hold_the_sides_in_one_object(tmp_path, nested):
    rows = [{"en": en, "de": de} for en, de in ROWS]
    rows = [{"translation": row} for row in rows] if nested else rows
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = read(tmp_path / "a.jsonl")
    assert sides(found.parts["train"]) == ROWS
    assert found.sides == ("en", "de")


@pytest.mark.parametrize("nested", [False, True])
def test_parquet_is_read(tmp_path, nested):
    polars = pytest.importorskip("polars")
    rows = [{"en": en, "de": de} for en, de in ROWS]
    frame = polars.DataFrame([{"translation": row} for row in rows] if nested else rows)
    frame.write_parquet(tmp_path / "a.parquet")
    assert sides(read(tmp_path / "a.parquet").parts["train"]) == ROWS


def test_a_folder_of_tables_has_parts(tmp_path):
    for part in ("train", "dev", "test_a", "test_b"):
        table(tmp_path / f"{part}.tsv", [("src", "tgt"), (part, part.upper())])
    found = read(tmp_path)
    assert {name: sides(part) for name, part in found.parts.items()} == {
        "train": [("train", "TRAIN")],
        "val": [("dev", "DEV")],
        "test_a": [("test_a", "TEST_A")],
        "test_b": [("test_b", "TEST_B")],
    }


def test_wrong_columns_are_refused_with_those_there_are(tmp_path):
    table(tmp_path / "three.tsv", [*((en, de, "by somebody") for en, de in ROWS)])
    message = refusal(tmp_path / "three.tsv")
    assert "3 columns hold text, and parallel text has two sides" in message
    assert "If the first row is no header, give their numbers: --set data.source=1 --set data.target=2." in message
    assert sides(read(tmp_path / "three.tsv", source="1", target="2").parts["train"]) == ROWS
    table(tmp_path / "named.tsv", [("en", "de"), *ROWS])
    assert "no column is called 'fr'. Its columns: en, de. Name one: --set data.target=en." in refusal(
        tmp_path / "named.tsv", source="en", target="fr"
    )
    (tmp_path / "one.jsonl").write_text('{"text": "hello"}\n')
    assert "only one column holds text" in refusal(tmp_path / "one.jsonl")


def test_a_table_of_a_folder_without_the_columns_of_the_others_is_named(tmp_path):
    table(tmp_path / "train.tsv", [("en", "de"), *ROWS])
    table(tmp_path / "val.tsv", [("en", "fr"), *ROWS])
    assert f"{tmp_path / 'val.tsv'}: no column is called 'de', as in the table before. Its columns: en, fr" in refusal(
        tmp_path
    )


def test_a_row_of_another_width_is_named_with_its_line(tmp_path):
    table(tmp_path / "a.tsv", [*ROWS, ("alone",)])
    assert f"{tmp_path / 'a.tsv'}, line 4: 1 values stand under 2 columns" in refusal(tmp_path / "a.tsv")


def test_a_value_that_is_no_text_is_named_with_its_line(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"src": "one", "tgt": "eins"}\n{"src": "two", "tgt": 2}\n')
    assert f"{tmp_path / 'a.jsonl'}, line 2: column 'tgt' holds 2, which is no text" in refusal(tmp_path / "a.jsonl")


def test_an_empty_table_is_refused(tmp_path):
    (tmp_path / "a.tsv").write_text("")
    assert refusal(tmp_path / "a.tsv") == f"{tmp_path / 'a.tsv'}: it is empty. Fill it, or take it away."


# ---- what looks parallel


def test_what_looks_parallel_does_so_beyond_doubt(tmp_path):
    write(tmp_path, a_en=EN, a_de=DE)
    assert looks_parallel(str(tmp_path))
    assert looks_parallel("anything", "else")
    assert looks_parallel("dates")
    assert looks_parallel(str(table(tmp_path / "named.tsv", [("en", "de"), *ROWS])))
    assert looks_parallel(str(table(tmp_path / "said.csv", [("tgt", "src"), *ROWS], ",")))


def test_other_data_does_not_look_parallel(tmp_path):
    (tmp_path / "one").mkdir()
    write(tmp_path / "one", a_txt=EN, b_txt=DE)
    (tmp_path / "code").mkdir()
    write(tmp_path / "code", main_py=EN, main_md=DE)
    write(tmp_path, alone_en=EN)
    (tmp_path / "broken.gz").write_bytes(b"no gzip")
    labels = table(tmp_path / "labels.tsv", [("sentence", "label"), *ROWS])
    unnamed = table(tmp_path / "unnamed.tsv", ROWS)
    other = [
        tmp_path / "one",
        tmp_path / "code",
        tmp_path / "alone.en",
        labels,
        unnamed,
        tmp_path / "broken.gz",
        tmp_path / "absent",
    ]
    assert [str(path) for path in other if looks_parallel(str(path))] == []


def test_a_first_row_of_prose_is_a_pair(tmp_path):
    write(tmp_path, a_tsv=[f"{i}\tthe dog number {i} barks\t{i}\tder Hund bellt {i} mal laut" for i in range(4)])
    found = read(tmp_path / "a.tsv")
    assert len(sides(found.parts["train"])) == 4
    assert sides(found.parts["train"])[0] == ("the dog number 0 barks", "der Hund bellt 0 mal laut")
