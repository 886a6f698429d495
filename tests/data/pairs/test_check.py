"""Everything that is planted is found, and nothing else."""

import gzip
import json

import pytest

from quatrain.data import PairsConfig
from quatrain.data.pairs import check_pairs
from quatrain.data.pairs.exchanged import exchanged_pairs, spoken


def checked(path, seq_len=None, **settings):
    return check_pairs(PairsConfig(path=str(path), **settings), seq_len=seq_len)


def distinct(sentences, n, seed=0):
    """Pairs without repetition."""
    return list(dict.fromkeys(sentences(3 * n, seed)))[:n]


def test_sound_pairs_are_counted_and_nothing_is_wrong_with_them(tmp_path, sentences, write_sides):
    report = checked(write_sides(tmp_path / "d", "all", distinct(sentences, 400)))
    assert report.is_usable
    assert (report.n_pairs, report.pairs) == (400, {"train": 360, "val": 40})
    assert (report.sides, report.tokenizer, report.faults, report.warnings) == (("en", "de"), "bpe", (), ())
    found = (report.empty, report.far_lengths, report.same, report.exchanged, report.duplicates)
    assert [finding.count for finding in found] == [0] * 5
    assert report.n_ambiguous == 0
    assert report.overlap["val"].sources == 0
    assert report.usual_ratio == pytest.approx(1.15, abs=0.1)
    assert report.src_tokens["val"] + report.src_tokens["train"] > 400
    assert report.lines()[0] == (
        f"{tmp_path / 'd'}: 400 pairs. From en to de. For the other way round: --set data.source=de --set "
        "data.target=en."
    )
    assert len(report.lines()) == 3
    assert json.loads(json.dumps(report.to_dict()))["is_usable"] is True


def test_what_is_planted_is_found_with_its_line(tmp_path, sentences, write_sides):
    pairs = distinct(sentences, 500)
    pairs[3] = (pairs[3][0], " ")
    pairs[10] = (pairs[10][0], "Nun.")
    pairs[20] = ("Café 1900, Berlin", "Café 1900, Berlin")
    pairs[30], pairs[31] = pairs[30][::-1], pairs[31][::-1]
    pairs[40] = pairs[41] = pairs[0]
    pairs[50] = (pairs[1][0], "Etwas ganz anderes, und das ist nicht alles, was er sieht.")
    report = checked(write_sides(tmp_path / "d", "all", pairs))
    en, de = (tmp_path / "d" / f"all.{ending}" for ending in ("en", "de"))
    assert (report.empty.count, report.empty.places) == (1, (f"{de}, line 4",))
    assert report.far_lengths.places == (f"{en}, line 11",)
    assert report.same.places == (f"{en}, line 21",)
    assert report.exchanged.places == (f"{en}, line 31", f"{en}, line 32")
    assert report.duplicates.places == (f"{en}, line 41", f"{en}, line 42")
    assert report.is_usable
    lines = "\n".join(report.lines())
    assert f"note: pairs with an empty side, left out: 1 ({de}, line 4)" in lines
    assert f"note: pairs that seem to stand the wrong way round: 2 ({en}, line 31; {en}, line 32)" in lines
    assert f"note: pairs that repeat an earlier one: 2 ({en}, line 41; {en}, line 42)" in lines


def test_sources_with_several_targets_are_counted(tmp_path, sentences, write_sides):
    pairs = distinct(sentences, 100)
    pairs += [(pairs[0][0], "Anderes."), (pairs[0][0], "Drittes."), (pairs[1][0], "Viertes.")]
    assert checked(write_sides(tmp_path / "d", "all", pairs)).n_ambiguous == 2


def test_what_training_holds_of_the_other_parts_is_a_share(tmp_path, sentences, write_sides):
    pairs = list({src: (src, tgt) for src, tgt in sentences(900)}.values())[:300]
    write_sides(tmp_path / "d", "train", pairs[:200])
    write_sides(tmp_path / "d", "val", pairs[180:220])
    write_sides(tmp_path / "d", "test", [(src, tgt + " Ja.") for src, tgt in pairs[190:210]])
    report = checked(tmp_path / "d")
    assert (report.overlap["val"].sources, report.overlap["val"].pairs) == (0.5, 0.5)
    assert (report.overlap["test"].sources, report.overlap["test"].pairs) == (0.5, 0)
    assert "note: training holds 50.0% of the sources of val, and 50.0% of its pairs" in report.lines()


def test_exchanged_languages_are_suspected_by_their_commonest_words(tmp_path, sentences, write_sides):
    pairs = [(tgt, src) for src, tgt in distinct(sentences, 200)]
    report = checked(write_sides(tmp_path / "d", "all", pairs))
    assert report.warnings == (
        "The sources look like de and the targets like en, but they are called en and de: are the sides exchanged?",
    )


def test_one_language_on_both_sides_is_suspected(tmp_path, sentences, write_sides):
    pairs = [(a[0], b[0]) for a, b in zip(sentences(200), sentences(200, 1), strict=True)]
    report = checked(write_sides(tmp_path / "d", "all", pairs))
    assert report.warnings == ("Both sides look like en: is the same language on both?",)
    assert report.exchanged.count == 0


def test_a_part_turned_round_is_suspected(tmp_path, sentences, write_sides):
    write_sides(tmp_path / "d", "train", distinct(sentences, 300))
    write_sides(tmp_path / "d", "val", [(tgt, src) for src, tgt in distinct(sentences, 40, 1)])
    report = checked(tmp_path / "d")
    assert report.exchanged.count == 40
    assert report.warnings == (
        f"Most pairs of {tmp_path / 'd' / 'val.en'} and {tmp_path / 'd' / 'val.de'} stand the other way round than "
        "those of the other files.",
    )


def test_pairs_longer_than_a_row_are_counted(tmp_path, sentences, write_sides):
    pairs = [*distinct(sentences, 100), ("word " * 80, "Wort " * 80)]
    report = checked(write_sides(tmp_path / "d", "all", pairs), seq_len=60)
    assert (report.n_long, report.longest > 80) == (1, True)
    assert "note: training leaves out 1 pairs that are longer than a row" in report.lines()


def test_faults_are_reported_not_raised(tmp_path, sentences, write_sides):
    folder = write_sides(tmp_path / "d", "train", sentences(20))
    write_sides(folder, "val", sentences(5))
    (folder / "val.de").write_bytes(b"eins\nzw\xf6lf\n")
    report = checked(folder)
    assert not report.is_usable
    assert [(fault.line, fault.problem.split(",")[0]) for fault in report.faults] == [
        (2, "byte 0xF6 is not utf-8"),
        (None, "it has 5 lines"),
    ]
    assert (report.tokenizer, report.pairs, report.n_pairs) == (None, {}, 22)
    assert "ERROR: " in "\n".join(report.lines())
    assert json.loads(json.dumps(report.to_dict()))["faults"][0].startswith(f"{folder / 'val.de'}, line 2, byte 7: ")


@pytest.mark.parametrize("what", ["absent", "one language", "damaged", "too little"])
def test_what_cannot_be_opened_is_one_fault(tmp_path, sentences, write_sides, what):
    folder = tmp_path / "d"
    if what != "absent":
        write_sides(folder, "train", sentences(20) if what != "too little" else [("a", "b")])
        write_sides(folder, "other", sentences(20) if what != "too little" else [("a", "b")])
    if what == "one language":
        for name in ("train", "other"):
            (folder / f"{name}.de").unlink()
    if what == "damaged":
        (folder / "train.de").unlink()
        (folder / "train.de.gz").write_bytes(gzip.compress(b"eins\n" * 5000)[:40])
    report = checked(folder)
    assert report.n_faults >= 1
    assert not report.is_usable
    assert report.fingerprint is None


def test_languages_are_told_by_their_commonest_words(sentences):
    english, german = zip(*sentences(100), strict=True)
    assert (spoken(english), spoken(german)) == ("en", "de")
    assert spoken(["Le chat est dans la maison et les chiens sont dans une rue avec des enfants."] * 20) == "fr"
    assert spoken(["2026-03-14"] * 100) is None


def test_only_both_sides_together_make_a_pair_look_exchanged(sentences):
    pairs = sentences(300)
    pairs[5] = (pairs[5][1], pairs[5][1])
    pairs[7] = pairs[7][::-1]
    found = exchanged_pairs(*zip(*pairs, strict=True))
    assert found.nonzero()[0].tolist() == [7]
    assert exchanged_pairs([], []).tolist() == []
