"""Files, folders, archives and tables made on the spot, and what is said of broken ones."""

import bz2
import gzip
import io
import json
import lzma
import sys
import tarfile
import zipfile

import pytest

from quatrain.data import DataConfig, read_documents
from quatrain.data.faults import refuse
from quatrain.data.readers import read_pieces
from quatrain.errors import DataError, MissingExtra


def texts(path, **settings):
    return [document.text for document in read_documents(DataConfig(path=str(path), **settings))]


def parts(path):
    return {piece.text: piece.part for piece in read_pieces(DataConfig(path=str(path)))}


def write_zip(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)


def write_tar(path, members, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.py", "a.tokens", "a", "A.TXT"])
def test_a_file_is_one_document_kept_character_for_character(tmp_path, name):
    (tmp_path / name).write_bytes("\n one\r\n\ttwö \n".encode())
    (document,) = read_documents(DataConfig(path=str(tmp_path / name)))
    assert document.text == "\n one\r\n\ttwö \n"
    assert document.source == str(tmp_path / name)


def test_a_byte_order_mark_is_no_text(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfword")
    (tmp_path / "b.txt").write_text("wörd", encoding="utf-16")
    assert texts(tmp_path / "a.txt") == ["word"]
    assert texts(tmp_path / "b.txt", encoding="utf-16") == ["wörd"]


def test_a_long_file_comes_in_pieces_that_split_no_character(tmp_path):
    text = "x" + "é😀" * 400_000
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    pieces = list(read_pieces(DataConfig(path=str(tmp_path / "a.txt"))))
    assert len(pieces) > 2
    assert [piece.starts_document for piece in pieces] == [True] + [False] * (len(pieces) - 1)
    assert texts(tmp_path / "a.txt") == [text]


def test_a_folder_is_read_in_order_without_hidden_binary_and_empty_files(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    contents = {
        "b.txt": b"two",
        "a.md": b"one",
        "sub/c.py": b"three",
        ".git/x": b"no",
        "p.png": b"\x89PNG\0",
        "e.txt": b"",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    skipped = []
    pieces = read_pieces(DataConfig(path=str(tmp_path)), refuse, lambda *skip: skipped.append(skip))
    assert [piece.text for piece in pieces] == ["one", "two", "three"]
    assert sorted(skipped) == sorted(
        [(str(tmp_path / n), r) for n, r in ((".git/x", "hidden"), ("p.png", "binary"), ("e.txt", "empty"))]
    )


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress)])
def test_packed_files_are_read_where_they_lie(tmp_path, ending, pack):
    (tmp_path / f"a.txt{ending}").write_bytes(pack(b"packed"))
    (tmp_path / f"b.jsonl{ending}").write_bytes(pack(b'{"text": "row"}\n'))
    assert texts(tmp_path / f"a.txt{ending}") == ["packed"]
    assert texts(tmp_path / f"b.jsonl{ending}") == ["row"]
    assert texts(tmp_path) == ["packed", "row"]


@pytest.mark.parametrize(
    ("name", "mode"),
    [("d.tar", "w"), ("d.tar.gz", "w:gz"), ("d.tgz", "w:gz"), ("d.tar.xz", "w:xz"), ("d.tar.bz2", "w:bz2")],
)
def test_tar_archives_are_read_in_their_own_order(tmp_path, name, mode):
    write_tar(tmp_path / name, {"d/b.txt": "two", "d/a.txt": "one", "d/.x": "no"}, mode)
    documents = list(read_documents(DataConfig(path=str(tmp_path / name))))
    assert [document.text for document in documents] == ["two", "one"]
    assert documents[0].source == f"{tmp_path / name}: d/b.txt"


def test_a_folder_packed_from_inside_is_read(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.txt").write_text("one")
    with tarfile.open(tmp_path / "d.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "d", ".")
    assert texts(tmp_path / "d.tar.gz") == ["one"]


def test_zip_archives_may_hold_tables_and_packed_files(tmp_path):
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("a.csv", "text\nrow one\nrow two\n")
        archive.writestr("b.txt.gz", gzip.compress(b"packed"))
        archive.writestr("c.tar", "inside")
        archive.writestr("__MACOSX/x", "no")
    assert texts(tmp_path / "d.zip") == ["row one", "row two", "packed"]


@pytest.mark.parametrize("name", ["../evil.txt", "a/../../evil.txt", "/etc/evil.txt", "C:/evil.txt", "..\\evil.txt"])
def test_archives_that_point_outside_are_refused(tmp_path, name):
    write_zip(tmp_path / "d.zip", {"good.txt": "good", name: "evil"})
    write_tar(tmp_path / "d.tar", {"good.txt": "good", name: "evil"})
    for archive in ("d.zip", "d.tar"):
        with pytest.raises(DataError, match=r"evil\.txt' points outside the archive\. Pack the files again"):
            texts(tmp_path / archive)


def test_links_in_archives_are_refused(tmp_path):
    link = tarfile.TarInfo("link.txt")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(tmp_path / "d.tar", "w") as archive:
        archive.addfile(link)
    info = zipfile.ZipInfo("link.txt")
    info.external_attr = 0o120777 << 16
    write_zip(tmp_path / "d.zip", {info: "/etc/passwd"})
    for archive in ("d.zip", "d.tar"):
        with pytest.raises(DataError, match=r"'link\.txt' is a link or a device"):
            texts(tmp_path / archive)


@pytest.mark.parametrize("name", ["d.zip", "d.tar.gz", "d.txt.xz", "d.tar", "d.txt.bz2"])
def test_damaged_archives_are_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"this is not what the name says")
    with pytest.raises(DataError, match=rf"{name}: cannot be read: .* fetch it again"):
        texts(tmp_path / name)


def test_a_truncated_file_is_damaged(tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(bytes(range(65, 91)) * 5)[:-9])
    with pytest.raises(DataError, match=r"a\.txt\.gz: cannot be read"):
        texts(tmp_path / "a.txt.gz")


def test_rows_are_documents_and_say_where_they_stand(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": "x1", "text": "one\\ntwo"}\n\n{"id": "x2", "text": "three"}\n')
    documents = list(read_documents(DataConfig(path=str(tmp_path / "a.jsonl"))))
    assert [(d.text, d.source) for d in documents] == [
        ("one\ntwo", f"{tmp_path / 'a.jsonl'}, line 1"),
        ("three", f"{tmp_path / 'a.jsonl'}, line 3"),
    ]


def test_quotes_enclose_in_csv_and_are_plain_in_tsv(tmp_path):
    (tmp_path / "a.csv").write_text('sentence,label\n"a, ""b""\nc",1\nd,0\n')
    (tmp_path / "a.tsv").write_text('sentence\tlabel\n"a" b"\t1\n')
    assert texts(tmp_path / "a.csv") == ['a, "b"\nc', "d"]
    assert texts(tmp_path / "a.tsv") == ['"a" b"']


def test_a_field_may_be_longer_than_the_csv_module_likes(tmp_path):
    (tmp_path / "a.csv").write_text(f"text\n{'x' * 200_000}\n")
    assert len(texts(tmp_path / "a.csv")[0]) == 200_000


def test_the_only_column_of_text_is_taken(tmp_path):
    (tmp_path / "a.csv").write_text("id,review,stars\n7,fine film,4.5\n8,,3\n9,dull,1\n")
    skipped = []
    pieces = read_pieces(DataConfig(path=str(tmp_path / "a.csv")), refuse, lambda *skip: skipped.append(skip))
    assert [piece.text for piece in pieces] == ["fine film", "dull"]
    assert skipped == [(f"{tmp_path / 'a.csv'}, line 3", "empty")]


@pytest.mark.parametrize("stamp", ["00:{:02}", "2023-{:02}-01T", "{:02}. Januar 2023", "FY{:02}/23"])
def test_time_stamps_that_are_not_understood_are_no_text(tmp_path, stamp):
    path = tmp_path / "a.csv"
    path.write_text("date,v\n" + "".join(f"{stamp.format(i)},{i / 7}\n" for i in range(20)))
    with pytest.raises(DataError, match=r"'date' holds no text, and looks like time.* --set data\.text_column=date"):
        texts(path)
    assert len(texts(path, text_column="date")) == 20


@pytest.mark.parametrize(
    ("header", "row"),
    [("text,v", "00:{:02},{}"), ("note", "00:{:02}"), ("note,v", "We met {:02} people,{}"), ("note,v", "Bay {},{}")],
)
def test_texts_with_digits_are_texts(tmp_path, header, row):
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\n" + "".join(row.format(i, i) + "\n" for i in range(20)))
    assert len(texts(path)) == 20


def test_several_columns_of_text_ask_for_a_choice(tmp_path):
    (tmp_path / "a.csv").write_text("title,review\nx,y\n")
    with pytest.raises(DataError, match=r"several columns.*title, review\. .* data.text_column=title"):
        texts(tmp_path / "a.csv")
    assert texts(tmp_path / "a.csv", text_column="review") == ["y"]
    with pytest.raises(DataError, match=r"no column is called 'body'"):
        texts(tmp_path / "a.csv", text_column="body")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", '{"text": "x"}\n{"text": \n', r"a\.jsonl, line 2: this is not JSON"),
        ("a.jsonl", '{"text": "x"}\n[1]\n', r"line 2: a list stands where an object is needed"),
        ("a.jsonl", '{"text": "x"}\n{"text": 5}\n', r"line 2: column 'text' holds 5, which is no text"),
        ("a.csv", "text,n\nx,1\ny,2,3\n", r"a\.csv, line 3: 3 values stand under 2 columns"),
        ("a.jsonl", '{"n": 1}\n', r"no column holds text\. Its columns: n"),
    ],
)
def test_bad_rows_are_named_with_their_line(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        texts(tmp_path / name)


def test_parquet_files_are_read(tmp_path):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"n": [1, 2, 3], "text": ["one", None, "three"]})
    frame.write_parquet(tmp_path / "a.parquet")
    assert texts(tmp_path / "a.parquet") == ["one", "three"]
    frame.select("n").write_parquet(tmp_path / "b.parquet")
    with pytest.raises(DataError, match=r"b\.parquet: no column holds text"):
        texts(tmp_path / "b.parquet")
    (tmp_path / "c.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(DataError, match=r"c\.parquet: this is not a whole parquet file"):
        texts(tmp_path / "c.parquet")


def test_parquet_without_polars_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingExtra, match=r"pip install 'quatrain\[data\]'"):
        texts(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            b"one\ntwo caf\xe9\n",
            r"a\.txt, line 2, byte 11: byte 0xE9 is not utf-8.*data.encoding=latin-1",
        ),
        (b"one \x93quoted\x94\n", r"line 1, byte 4: byte 0x93 is not utf-8.*--set data.encoding=cp1252"),
        ("été été\n".encode() + b"\xff\n", r"line 2, byte 12: byte 0xFF.*mend this character"),
        ("text".encode("utf-16"), r"line 1, byte 0: byte 0xFF.*--set data.encoding=utf-16"),
        (b"x" * 1_048_575 + b"\n\xc3", r"line 2, byte 1048576: byte 0xC3"),
    ],
)
def test_wrong_bytes_are_named_with_line_and_offset(tmp_path, raw, message):
    (tmp_path / "a.txt").write_bytes(raw)
    with pytest.raises(DataError, match=message):
        texts(tmp_path / "a.txt")


def test_the_encoding_that_is_advised_works(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    assert texts(tmp_path / "a.txt", encoding="latin-1") == ["café"]
    with pytest.raises(DataError, match=r"no encoding is called 'latin-one'\. Try utf-8"):
        texts(tmp_path / "a.txt", encoding="latin-one")


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("empty.txt", b"", "it is empty, or nothing in it is text"),
        ("picture.txt", b"\x89PNG\r\n\0\0", "this is a binary file, not text"),
        ("paper.txt", b"%PDF-1.7 ...", "this is a binary file, not text"),
    ],
)
def test_files_without_text_are_refused(tmp_path, name, raw, message):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(DataError, match=message):
        texts(tmp_path / name)


def test_a_missing_path_gets_the_nearest_name(tmp_path):
    (tmp_path / "poems.txt").write_text("x")
    with pytest.raises(DataError, match=r"no such file or folder\. Did you mean '.*poems\.txt'\?"):
        texts(tmp_path / "poem.txt")
    with pytest.raises(DataError, match=r"Did you mean 'python'\?"):
        texts("pythn")


def test_python_is_a_text_that_is_always_there():
    documents = list(read_documents(DataConfig(path="python")))
    assert len(documents) > 50
    assert any("class OrderedDict" in d.text or "def namedtuple" in d.text or "heappush" in d.text for d in documents)
    assert 1e6 < sum(len(document.text) for document in documents) < 4e6


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["wiki.train.tokens", "wiki.valid.tokens", "wiki.test.tokens"], ["train", "val", "test"]),
        (["train/a.txt", "train/b.txt", "dev/a.txt"], ["train", "train", "val"]),
        (["train.txt", "validation.txt"], ["train", "val"]),
        (["training.txt", "validation.txt"], [None, None]),
        (["train.txt", "other.txt", "test.txt"], [None, None, None]),
        (["train/test_a.txt", "train/b.txt"], ["test", "train"]),
        (["val.txt", "test.txt"], [None, None]),
    ],
)
def test_names_give_the_split(tmp_path, names, expected):
    for name in names:
        (tmp_path / "d" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "d" / name).write_text(name)
    write_zip(tmp_path / "d.zip", {name: name for name in names})
    assert parts(tmp_path / "d") == dict(zip(names, expected, strict=True))
    assert parts(tmp_path / "d.zip") == dict(zip(names, expected, strict=True))


def test_a_readme_belongs_to_no_part(tmp_path):
    write_zip(tmp_path / "d.zip", {"README.md": "about", "train.txt": "x", "test.txt": "y"})
    assert parts(tmp_path / "d.zip") == {"x": "train", "y": "test"}


def test_json_lines_are_compared_with_the_json_module(tmp_path):
    rows = [{"text": f"{i}é\u2028\n😀", "n": i} for i in range(300)]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=i % 2 == 0) for i, row in enumerate(rows)))
    assert texts(tmp_path / "a.jsonl") == [row["text"] for row in rows]


def test_a_list_of_rows_says_how_it_becomes_a_table(tmp_path):
    (tmp_path / "a.json").write_text('\n[ {"text": "one"},\n {"text": "two"}]')
    with pytest.raises(DataError, match=r"one list of rows\. python -c .* < \S*a\.json > \S*a\.jsonl makes it a table"):
        texts(tmp_path / "a.json")
    (tmp_path / "b.json").write_text('{"text": "one"}')
    assert texts(tmp_path / "b.json") == ['{"text": "one"}']


def test_two_columns_of_prose_may_be_translations_of_each_other(tmp_path):
    rows = [f"the dog number {i} barks\tder Hund bellt {i} mal" for i in range(8)]
    path = tmp_path / "a.tsv"
    path.write_text("".join(f"{row}\n" for row in rows))
    with pytest.raises(DataError, match="or translate one to the other: --task translate"):
        list(read_documents(DataConfig(path=str(path))))


def test_folders_of_a_text_are_parts_by_their_whole_names(tmp_path):
    for name in ("train/a.txt", "test_texts/b.txt", "README.md"):
        (tmp_path / "given" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "given" / name).write_text(name)
    assert parts(tmp_path / "given") == {"train/a.txt": "train", "test_texts/b.txt": "test"}
    for name in ("Train stories/a.txt", "Test Valley/b.txt"):
        (tmp_path / "stories" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "stories" / name).write_text(name)
    assert {*parts(tmp_path / "stories").values()} == {None}
