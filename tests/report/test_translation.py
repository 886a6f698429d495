"""The page and the card of a translator: its verdict, scores, samples and alignments."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from quatrain.report import write_model_card, write_report
from quatrain.report.alignment import LARGEST, Alignment, draw_alignment
from quatrain.report.faces import read_run

from .outline import HOSTILE, Outline, said


def verdict(folder):
    face, run = read_run(folder)
    return face.verdict(run)


def page_of(folder):
    return write_report(folder).read_text(encoding="utf-8")


def test_better_than_the_memory_and_than_an_ngram_that_sees_no_source_beats_the_baseline(make_translation):
    said = verdict(make_translation())
    assert (said.outcome, said.headline) == ("beats", "Beats the baseline")
    assert said.sentence == (
        "This model translates better than its baseline, the translation memory (the target of the most similar "
        "source): BLEU 36.4 (95 % interval 34.9 to 37.9) against 11.2 (9.7 to 12.7); their 95 % intervals do not "
        "overlap. It reads its source: it pays 1.8000 nats per token less than ngram (order 7), which does not see the "
        "source (95 % interval 1.7700 to 1.8300)."
    )


@pytest.mark.parametrize(
    ("bleu", "bounds", "outcome", "words"),
    [
        (8.0, [7.0, 9.0], "loses", "This model does NOT translate better than its baseline"),
        (12.0, [10.0, 14.0], "undecided", "is not shown to translate better than its baseline"),
        (36.4, None, "undecided", "there are no 95 % intervals, so chance is not ruled out."),
    ],
)
def test_the_intervals_of_bleu_decide(make_translation, translated, bleu, bounds, outcome, words):
    translated |= {"bleu": bleu, "bleu_interval": bounds}
    said = verdict(make_translation(result=translated))
    assert said.outcome == outcome
    assert words in said.sentence


@pytest.mark.parametrize(
    ("mean", "bounds", "words"),
    [
        (
            0.2,
            [0.1, 0.3],
            "It is NOT shown to read its source: it pays 0.2000 nats per token more than ngram (order 7)",
        ),
        (-0.1, [-0.3, 0.1], "It is not shown to read its source: its loss is not shown to be lower than that of ngram"),
    ],
)
def test_a_model_no_better_than_one_that_sees_no_source_is_not_praised(
    make_translation, translated, mean, bounds, words
):
    translated["beside"][0]["difference"] = {"mean": mean, "interval": bounds}
    said = verdict(make_translation(result=translated))
    assert (said.outcome, said.headline) == ("undecided", "Beats the baseline, but is not shown to read its source")
    assert words in said.sentence


def test_a_translator_without_a_baseline_is_neither_good_nor_bad(make_translation, translated):
    translated |= {"baseline": None, "beside": []}
    said = verdict(make_translation(result=translated))
    assert (said.outcome, said.headline) == ("unknown", "No baseline")
    assert said.sentence == (
        "This model reaches BLEU 36.4 (95 % interval 34.9 to 37.9); no baseline was scored beside it, so whether that "
        "is good is not known."
    )


def test_scores_over_different_sentences_are_not_compared(make_translation, translated):
    translated["n_sentences"] = 900
    said = verdict(make_translation(result=translated))
    assert said.headline == "Not comparable"
    assert "different numbers of sentences, 900 and 1,014" in said.sentence


def test_the_numbers_of_a_translator_are_on_its_page(make_translation):
    text = said(page_of(make_translation()))
    for words in (
        "Measure this model translation memory ngram (order 7), without the source",
        "BLEU 36.4 11.2 –",
        "95 % interval of BLEU 34.9 to 37.9 9.7 to 12.7 –",
        "chrF 61.2 30.1 –",
        "Exactly the reference 6.2 % 0.1 % –",
        "Loss, nats per token 1.4000 – 3.2000",
        "Translation memory: the target of the most similar source.",
        "Model minus ngram (order 7), which does not see the source, target by target: −1.8000 nats per token",
        "Translated with a beam of 5 and a length penalty of 0.6 (gnmt).",
        "BLEU as sacrebleu counts it: nrefs:1|tok:13a.",
        "chrF as sacrebleu counts it: nrefs:1|nc:6.",
        "test_2016 35.1 (33.6 to 36.6) 60.3 (59.3 to 61.3) 5.0 % 1.4200 1,014",
        "test_2017 29.3 (27.8 to 30.8) 55.2 (54.2 to 56.2) 3.0 % 1.8100 1,014",
        "ngram (order 7), without the source: 3.2000",
        "From, to en, de",
        "Pairs 31,014",
        "Tokens known 4,000, shared by both sides",
        "From en to de, as the file names say.",
        "encoder.n_layers 3",
        "decoder.cross attention",
    ):
        assert words in text, words
    assert "fault" not in text  # it was not searched for any


def test_quality_is_drawn_against_the_length_of_the_source(make_translation):
    outline = Outline(page_of(make_translation()))
    (chart,) = (svg for svg in outline.all("svg") if svg.get("class") == "chart bars")
    assert chart["aria-label"] == (
        "3 to 10 words, 614 sentences: 38.4 against 13.2; 11 words, 400 sentences: 34.4 against 9.2"
    )
    bars = [(bar["class"], bar["width"]) for bar in outline.all("rect") if (bar.get("class") or "").startswith("bar")]
    assert [style for style, _ in bars] == ["bar train", "bar memory"] * 2
    widths = [float((width or "").removesuffix("%")) for _, width in bars]
    assert widths[2] / widths[0] == pytest.approx(34.4 / 38.4, abs=1e-3)
    assert "test_2017, 11 words 400 27.3 53.2" in " ".join(outline.text.split())


def test_a_translation_stands_between_its_source_and_its_reference(make_translation):
    outline = Outline(page_of(make_translation()))
    labels = [text["data-label"] for text in outline.all("p") if "data-label" in text]
    assert labels == ["source, en", "translation, de", "reference, de"] * 2
    spans = [(span["class"], span["data-p"]) for span in outline.all("span") if "data-p" in span]
    assert spans[2] == ("p4", "p = 0.25, 1.39 nats")
    text = " ".join(outline.text.split())
    assert "A dog runs Ein Hund läuft Ein Hund rennt 4 tokens, 0.54 nats each on average." in text
    assert "A house Ein Haus Ein Haus Without token probabilities. Exactly the reference." in text


def test_the_end_of_a_translation_is_a_mark_that_is_not_copied(make_translation):
    page = page_of(make_translation())
    assert 'data-p="p = 0.8, 0.22 nats"><i class="stop"></i></span>' in page
    assert ".stop::before" in page
    assert page.count("endoftext") == 1  # in the table of the tokens


def test_an_alignment_is_drawn_and_told(make_translation):
    outline = Outline(page_of(make_translation()))
    (picture,) = (svg for svg in outline.all("svg") if svg.get("class") == "alignment")
    assert picture["role"] == "img"
    assert picture["aria-label"] == (
        "Alignment of the translation with its source: Ein reads A most (0.80); Hund reads dog most (0.70); "
        "läuft reads runs most (0.60); end reads end most (1.00)."
    )
    cells = [rect for rect in outline.all("rect") if rect.get("class") == "cell"]
    assert [cell["fill-opacity"] for cell in cells] == ["0.80", "0.20", "0.10", "0.70", "0.20", "0.40", "0.60", "1.00"]
    assert "each row is a token of the translation" in outline.text


def test_rows_are_of_the_target_and_columns_of_the_source():
    weights = [[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]]
    alignment = Alignment.model_validate({"source": ["a", "b", "c"], "target": ["x", " "], "weights": weights})
    picture = draw_alignment(alignment, "<eos>")
    assert picture is not None
    outline = Outline(picture.chart)
    cells = [rect for rect in outline.all("rect") if rect.get("class") == "cell"]
    assert len({cell["y"] for cell in cells}) == 2
    assert len({cell["x"] for cell in cells}) == 3
    assert cells[-1]["x"] == cells[2]["x"]
    assert "␣ reads c: 1.00" in outline.text


def test_an_alignment_too_large_to_be_seen_is_not_drawn():
    tokens = ["a"] * (LARGEST + 1)
    values = {"source": tokens, "target": ["b"], "weights": [[0.0] * len(tokens)]}
    assert draw_alignment(Alignment.model_validate(values), "<eos>") is None


def test_where_nothing_is_aligned_no_word_is_said_of_it(make_translation):
    sample = {"prompt": "A dog", "text": "Ein Hund", "tokens": [], "alignment": None}
    text = said(page_of(make_translation(samples=[sample])))
    assert "What each token reads" not in text
    assert "each row is a token" not in text


def test_an_alignment_of_the_wrong_shape_is_told_as_unreadable(make_translation):
    alignment = {"source": ["a", "b"], "target": ["c"], "weights": [[1.0]]}
    samples = [{"prompt": "a b", "text": "c", "tokens": [], "alignment": alignment}]
    assert "1 line of metrics.jsonl or samples.jsonl could not be read" in page_of(make_translation(samples=samples))


def test_the_commands_of_a_translator_can_be_pasted(make_translation):
    run = make_translation()
    text = Outline(page_of(run)).text
    assert f"quatrain translate {run} FILE\n" in text
    assert f"echo 'A dog runs' | quatrain translate {run}\n" in text
    assert f"quatrain evaluate {run} --part test_2016\n" in text
    assert f"quatrain export {run} --to hf" in text
    code = text.split("From Python")[1].strip()
    assert compile(code, "the page", "exec")
    assert code.endswith("print(run.translate('A dog runs'))")


@pytest.mark.parametrize("part", ["mixer", "cross"])
def test_a_decoder_without_attention_is_not_offered_for_export(make_translation, part):
    decoder = {"mixer": {"kind": "attention"}, "cross": {"kind": "attention"}, part: {"kind": "lstm"}}
    model = {"kind": "encoder_decoder", "encoder": {"mixer": {"kind": "attention"}}, "decoder": decoder}
    config = {"format": 1, "task": "translate", "model": model | {"position": {"layout": "halves"}, "bridge": "all"}}
    assert "quatrain export" not in page_of(make_translation(config=config))


def test_the_page_of_a_translator_is_whole(make_translation):
    outline = Outline(page_of(make_translation()))
    assert outline.open == []
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_everything_a_translator_says_is_escaped(make_translation, translated):
    translated["baseline"]["name"] = translated["beside"][0]["name"] = translated["signature"] = HOSTILE
    translated["data"] = {"name": HOSTILE, "sides": [HOSTILE, HOSTILE], "notes": [HOSTILE]}
    translated["tests"] = {HOSTILE: translated["tests"]["test_2016"]}
    alignment = {"source": [HOSTILE], "target": [HOSTILE], "weights": [[1.0]]}
    tokens = [{"text": HOSTILE, "logprob": -1.0}]
    sample = {"prompt": HOSTILE, "text": HOSTILE, "reference": HOSTILE, "tokens": tokens, "alignment": alignment}
    outline = Outline(page_of(make_translation(result=translated, samples=[sample])))
    assert outline.open == []
    assert {tag for tag, _ in outline.elements}.isdisjoint({"script", "img"})
    assert not any(name.startswith("on") for _, attributes in outline.elements for name in attributes)


@pytest.mark.parametrize(
    "missing", ["bleu", "bleu_interval", "loss", "by_length", "baseline", "beside", "tests", "decoding", "data"]
)
def test_the_result_of_a_translator_may_lack_anything(make_translation, translated, missing):
    del translated[missing]
    run = make_translation(result=translated)
    assert "undefined" not in said(page_of(run)).lower()
    assert "undefined" not in write_model_card(run).read_text(encoding="utf-8").lower()


def test_an_interrupted_translator_has_a_page_and_a_card(make_translation):
    run = make_translation(result=None, samples=None)
    assert "It was not scored on held-out pairs" in said(page_of(run))
    assert "It translates a text, line by line." in write_model_card(run).read_text(encoding="utf-8")


def test_a_hub_reads_the_scores_of_every_part_and_the_languages(make_translation):
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub reads the card as the hub does")
    data = hub.ModelCard(write_model_card(make_translation()).read_text(encoding="utf-8")).data
    assert (data.pipeline_tag, data.language) == ("translation", ["en", "de"])
    assert data.tags == ["quatrain", "translation", "encoder_decoder"]
    scores = {(score.dataset_split, score.metric_type): score.metric_value for score in data.eval_results}
    assert scores["validation", "bleu"] == 36.4
    assert scores["test_2017", "chrf"] == 55.2
    assert len(scores) == 12


def test_sides_that_are_no_languages_are_not_called_so(make_translation, translated):
    translated["data"]["sides"] = ["date", "iso"]
    assert "\nlanguage:" not in write_model_card(make_translation(result=translated)).read_text(encoding="utf-8")
