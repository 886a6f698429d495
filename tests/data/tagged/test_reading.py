"""Tagged files as people have them, and what is said of those that cannot be read."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from quatrain.data import TaggedConfig, looks_tagged
from quatrain.data.tagged.reading import read_tagged, read_untagged
from quatrain.errors import ConfigError, DataError

TWO = "Ann\tB-per\nleft\tO\n\t\nOld\tB-loc\nTown\tI-loc\n"


def write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)


def tags_of(path: str, part: str = "train", **settings: object) -> list[tuple[str, ...]]:
    return [sentence.tags for sentence in read_tagged(TaggedConfig(path=path, **settings)).parts[part]]


def test_a_line_of_white_space_alone_ends_a_sentence(tmp_path: Path) -> None:
    sentences = read_tagged(TaggedConfig(path=write(tmp_path / "a.conll", TWO + "\r\n  \n"))).parts["train"]
    assert [sentence.words for sentence in sentences] == [("Ann", "left"), ("Old", "Town")]
    assert [sentence.line for sentence in sentences] == [1, 4]


def test_blanks_or_tabs_stand_between_first_and_last_column(tmp_path: Path) -> None:
    text = "-DOCSTART- -X- O O\n\nEU NNP B-NP B-org\nrejects VBZ B-VP O\n\nNew York\tNNP\tI-loc\n"
    sentences = read_tagged(TaggedConfig(path=write(tmp_path / "eng.train", text))).parts["train"]
    assert [sentence.words for sentence in sentences] == [("EU", "rejects"), ("New York",)]
    assert [sentence.tags for sentence in sentences] == [("B-org", "O"), ("B-loc",)]


def test_other_columns_are_named_by_their_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.conll", "1\tAnn\tB-per\tx\n2\tleft\tO\tx\n")
    (sentence,) = read_tagged(TaggedConfig(path=path, word_column="2", tag_column="3")).parts["train"]
    assert (sentence.words, sentence.tags) == (("Ann", "left"), ("B-per", "O"))


def test_comments_and_parts_of_words_of_conllu_are_passed_over(tmp_path: Path) -> None:
    text = "# sent_id = 1\n# no tag\n1-2\tAnns\tO\n1\tAnn\tB-per\n2\t#\tO\n2.1\tgap\tO\n"
    (sentence,) = read_tagged(TaggedConfig(path=write(tmp_path / "a.conllu", text))).parts["train"]
    assert sentence.words == ("Ann", "#")


def test_a_sign_of_number_is_a_word(tmp_path: Path) -> None:
    (sentence,) = read_tagged(TaggedConfig(path=write(tmp_path / "a.conll", "#\tO\n#1 O\nAnn B-per\n"))).parts["train"]
    assert sentence.words == ("#", "#1", "Ann")


def test_parts_are_told_by_names_and_a_single_test_is_called_so(tmp_path: Path) -> None:
    for name in ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated", "readme.md"):
        write(tmp_path / "data" / name, TWO)
    read = read_tagged(TaggedConfig(path=str(tmp_path / "data")))
    assert {name: len(part) for name, part in read.parts.items()} == {"train": 2, "val": 2, "test": 2}


def test_several_tests_keep_their_names_in_an_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("x/train.bio", "x/test_a.bio", "x/test_b.bio", "x/more.bio"):
            archive.writestr(name, TWO)
    assert list(read_tagged(TaggedConfig(path=str(tmp_path / "a.zip"))).parts) == ["train", "test_a", "test_b"]


@pytest.mark.parametrize(
    "row",
    [
        {"tokens": ["Ann", "left", "Old", "Town"], "ner_tags": ["B-per", "O", "B-loc", "I-loc"]},
        {"words": ["Ann", "left", "Old", "Town"], "tags": ["S-per", "O", "B-loc", "E-loc"], "id": 3},
        {"text": "Ann left Old Town", "entities": [[0, 3, "per"], [9, 17, "loc"]]},
        {"text": "Ann left Old Town", "spans": [[0, 3, "per"], {"start": 9, "end": 17, "type": "loc"}]},
    ],
    ids=["tokens", "words", "places", "spans"],
)  # fmt: skip
def test_lists_and_places_of_json_lines_are_read(tmp_path: Path, row: dict[str, object]) -> None:
    path = write(tmp_path / "a.jsonl", json.dumps(row) + "\n")
    (sentence,) = read_tagged(TaggedConfig(path=path)).parts["train"]
    assert sentence.words == ("Ann", "left", "Old", "Town")
    assert sentence.tags == ("B-per", "O", "B-loc", "I-loc")
    assert looks_tagged(path)


def test_columns_of_json_lines_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", json.dumps({"w": ["Ann"], "t": ["B-per"], "tokens": [], "tags": []}))
    assert tags_of(path, word_column="w", tag_column="t") == [("B-per",)]


def test_iob1_and_lacking_beginnings_are_said(tmp_path: Path) -> None:
    read = read_tagged(TaggedConfig(path=write(tmp_path / "a.conll", "Ann I-per\nBob B-per\nleft O\n")))
    assert read.notes == ("Tags are IOB1, read as BIO.",)
    read = read_tagged(TaggedConfig(path=write(tmp_path / "b.conll", "Ann I-per\n\nleft O\nBob B-per\n")))
    assert read.notes == (
        "1 entities start with I- and no B- before it; each is read as one that starts there, as seqeval counts it.",
    )
    assert [sentence.tags for sentence in read.parts["train"]] == [("B-per",), ("O", "B-per")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Ann\tB-per\n\nleft\n",
            r"a\.conll, line 3: a single column, 'left', stands where a word and its tag are needed",
        ),
        ("Ann\tNNP\n", r"a\.conll, line 1: 'NNP' is no tag of an entity\. Tags are O, and B-x and I-x"),
        ("\tB-per\n", r"a\.conll, line 1: no word stands before the tag"),
        (
            "Ann\tO\nleft\tO\n",
            r"there is no entity: each of the 1 sentences has nothing but 'O'.*data\.tag_column=NUMBER",
        ),
        ("", "no tagged sentence is in it. Give CoNLL files"),
        ("\n \n", "no tagged sentence is in it"),
    ],
    ids=["one column", "other tags", "no word", "no entity", "empty", "blank"],
)
def test_what_cannot_be_read_is_said_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_tagged(TaggedConfig(path=write(tmp_path / "a.conll", text)))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"tokens": ["a"], "tags": [1]}, "'tags' holds numbers, and nothing here says which tags they stand for"),
        ({"tokens": ["a", "b"], "tags": ["O"]}, "2 words stand beside 1 tags"),
        ({"tokens": ["a"], "tags": ["NN"]}, r"'tags' is not a list of tags of entities"),
        ({"tokens": [1], "tags": ["O"]}, "'tokens' is not a list of words"),
        ({"tokens": ["\ud800"], "tags": ["O"]}, "'tokens' is not a list of words"),
        ({"text": "a"}, "no words and tags are among text"),
        ({"text": "ab", "entities": [[0, 9, "x"]]}, "the span 0 to 9 holds no word of a text of 2 characters"),
        ({"text": "ab", "entities": [["a"]]}, "the span 0 to 0 holds no word"),
        ({"text": "ab", "entities": [[0, 1, "x"], [1, 2, "x"]]}, "the span 1 to 2 shares a word with another one"),
    ],
)
def test_what_is_wrong_with_an_object_is_said_with_its_line(
    tmp_path: Path, row: dict[str, object], message: str
) -> None:
    path = write(tmp_path / "a.jsonl", "\n" + json.dumps(row))
    with pytest.raises(DataError, match=rf"a\.jsonl, line 2: {message}.*Write \{{\"tokens\""):
        read_tagged(TaggedConfig(path=path))


def test_columns_of_conll_have_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.conll", TWO)
    with pytest.raises(ConfigError, match=r"data\.tag_column=ner: columns of CoNLL files have no names"):
        read_tagged(TaggedConfig(path=path, tag_column="ner"))
    with pytest.raises(ConfigError, match="word_column and tag_column are both '1'"):
        TaggedConfig(path=path, word_column="1", tag_column="1")
    with pytest.raises(DataError, match="line 1: 2 columns stand here"):
        read_tagged(TaggedConfig(path=path, tag_column="4"))


def test_a_binary_file_is_refused_and_another_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_bytes(b"\0\1\2")
    with pytest.raises(DataError, match="this is a binary file, not text"):
        read_tagged(TaggedConfig(path=str(tmp_path / "a.conll")))


def test_data_is_recognised(tmp_path: Path) -> None:
    assert looks_tagged(write(tmp_path / "a.conll", TWO))
    assert looks_tagged(write(tmp_path / "b" / "train.conll", "mend\n" + TWO))
    assert not looks_tagged(write(tmp_path / "a.txt", "Ann left.\nBob came.\n"))
    assert not looks_tagged(write(tmp_path / "pos.conllu", "1\tAnn\tNNP\n"))
    assert not looks_tagged(write(tmp_path / "a.jsonl", '{"text": "Ann", "label": "x"}\n'))
    assert not looks_tagged(str(tmp_path / "nothing"))


def test_texts_with_empty_lists_beside_them_are_not_tagged(tmp_path: Path) -> None:
    bare = '{"text": "Ann left.", "labels": [], "entities": []}\n'
    assert not looks_tagged(write(tmp_path / "a.jsonl", 300 * bare))
    assert looks_tagged(write(tmp_path / "b.jsonl", 50 * bare + bare.replace('s": []}', 's": [[0, 3, "per"]]}')))


def test_words_whose_tags_are_asked_for_need_none(tmp_path: Path) -> None:
    found = read_untagged(TaggedConfig(path=write(tmp_path / "a.conll", "Ann\nleft\tNNP\n\nBob\n")))
    assert [sentence.words for sentence in found or ()] == [("Ann", "left"), ("Bob",)]
    found = read_untagged(TaggedConfig(path=write(tmp_path / "a.jsonl", '{"text": "Ann left."}\n{"tokens": ["Bob"]}')))
    assert [sentence.words for sentence in found or ()] == [("Ann", "left", "."), ("Bob",)]
    assert read_untagged(TaggedConfig(path=write(tmp_path / "a.txt", "Ann left."))) is None


def test_files_are_known_by_what_they_hold(tmp_path: Path) -> None:
    tagged = "-DOCSTART- -X- O O\n\nAnn NNP I-NP I-PER\nleft VBD O O\n"
    for name in ("eng.train", "eng.testa", "eng.testb"):
        write(tmp_path / "conll2003" / name, tagged)
    folder = str(tmp_path / "conll2003")
    assert looks_tagged(folder)
    assert [*read_tagged(TaggedConfig(path=folder)).parts] == ["train", "val", "test"]
    for name, text in {"a.txt": tagged, "b.conll": "Ann\tNOUN\n"}.items():
        assert looks_tagged(write(tmp_path / name, text))
    for name, text in {"c.txt": "Ann left.\nBob came.\n", "d.txt": "Ann\tO\nleft\tO\n", "e.conll": "\n"}.items():
        assert not looks_tagged(write(tmp_path / name, text))


def test_the_column_that_could_hold_the_tags_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.conll", "B-per\tAnn\nO\tleft\n")
    with pytest.raises(
        DataError, match=r"Column 1 could hold them: --set data\.word_column=2 --set data\.tag_column=1"
    ):
        read_tagged(TaggedConfig(path=path))
    assert read_tagged(TaggedConfig(path=path, word_column="2", tag_column="1")).parts["train"][0].words == (
        "Ann",
        "left",
    )
    with pytest.raises(DataError, match=r"are read, too\)\.$"):
        read_tagged(TaggedConfig(path=write(tmp_path / "b.conll", "I\tPRP\n")))
