"""report.html: its structure, its safety, and what it says of incomplete runs."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quatrain.errors import RunError
from quatrain.report import write_model_card, write_report
from quatrain.report.folder import Token
from quatrain.report.samples import choose_drafts, coloured, legend, plain
from quatrain.report.text import visible

from .outline import HOSTILE, Outline, said


def page_of(run: Path) -> str:
    path = write_report(run)
    assert path == run / "report.html"
    return path.read_text(encoding="utf-8")


def test_every_tag_is_closed_and_every_id_is_unique(make_run):
    outline = Outline(page_of(make_run()))
    assert outline.open == []
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [attributes["href"] for attributes in outline.all("a")]
    assert targets == ["#scores", "#curves", "#samples", "#data", "#cost", "#recipe", "#next"]
    assert {target[1:] for target in targets} <= set(ids)


def test_a_training_that_had_too_little_time_says_so(make_run, finished):
    finished["warnings"] = ["In this time only 12 updates were made."]
    run = make_run(result=finished)
    page = page_of(run)
    assert page.index("only 12 updates were made") < page.index('id="scores"')
    assert "only 12 updates were made" in write_model_card(run).read_text(encoding="utf-8")


def test_headings_tables_and_charts_can_be_heard(make_run):
    outline = Outline(page_of(make_run()))
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(cell.get("scope") in ("col", "row") for cell in outline.all("th"))
    charts = [chart for chart in outline.all("svg") if "chart" in (chart.get("class") or "").split()]
    assert len(charts) == 7  # intervals, and three curves over steps and over time
    assert all(chart["role"] == "img" and chart["aria-label"] for chart in charts)
    assert outline.all("html") == [{"lang": "en"}]


def test_the_page_refers_to_nothing_outside_itself(make_run):
    page = page_of(make_run())
    outline = Outline(page)
    assert not re.search(r"""(src|href|action|data)\s*=\s*["']?\s*(https?:)?//""", page)
    assert not re.search(r"url\(|@import|https?://", page)
    assert {tag for tag, _ in outline.elements}.isdisjoint({"script", "iframe", "object", "embed", "img", "base"})
    assert outline.all("link") == [{"rel": "icon", "href": "data:,"}]
    policy = next(meta["content"] for meta in outline.all("meta") if "http-equiv" in meta)
    assert policy.startswith("default-src 'none';")
    assert "script-src" not in policy


def test_everything_from_outside_is_escaped(make_run, finished):
    finished["baseline"]["name"] = finished["data"]["name"] = finished["data"]["split"] = HOSTILE
    finished["data"]["tokenizer"] = finished["machine"]["torch"] = HOSTILE
    finished["data"]["faults"] = [{"what": HOSTILE, "where": HOSTILE, "count": 1}]
    run = make_run(
        "<img src=x onerror=alert(3)>",
        config={"format": 1, "quatrain": HOSTILE, "model": {"kind": HOSTILE, HOSTILE: HOSTILE}},
        recipe=f"# </code></pre>{HOSTILE}\n",
        metrics=[
            {"split": "train", "step": 1, "seconds": 1.0, "loss": 2.0},
            {"split": "val", "step": 1, "seconds": 1.0, "loss": 2.0},
            {"split": "sample", "step": 1, "text": HOSTILE},
        ],
        result=finished,
        samples=[{"prompt": HOSTILE, "text": "", "tokens": [{"text": HOSTILE, "logprob": -1.0}]}],
    )
    outline = Outline(page_of(run))
    assert outline.open == []
    assert {tag for tag, _ in outline.elements}.isdisjoint({"script", "img"})
    assert not any(name.startswith("on") for _, attributes in outline.elements for name in attributes)
    assert outline.text.count("<script>alert(1)</script>") > 10


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=4), st.text(max_size=6))
def test_a_sample_reads_back_letter_for_letter(pieces, prompt):
    outline = Outline(str(plain(prompt) + coloured([Token(text=piece, logprob=-0.5) for piece in pieces])))
    assert outline.text == visible(prompt + "".join(pieces))
    assert len(outline.all("span")) == len(pieces)
    assert len(outline.all("i")) == (prompt + "".join(pieces)).count("\n")


def test_tokens_wear_their_probability(make_run):
    spans = [span for span in Outline(page_of(make_run())).all("span") if "data-p" in span]
    assert [(span["class"], span["data-p"]) for span in spans] == [
        ("p0", "p = 0.95, 0.05 nats"),
        ("p4", "p = 0.25, 1.39 nats"),
        ("p6", "p = 0.001, 6.91 nats"),
    ]


def test_the_legend_names_every_colour_and_the_style_sheet_knows_it(make_run):
    assert legend()[0] == ("p0", "0.9 or more")
    assert legend()[3] == ("p3", "0.3 to 0.5")
    assert legend()[-1] == ("p6", "below 0.03")
    page = page_of(make_run())
    assert all(f".{style} {{" in page for style, _ in legend()[1:])


def test_signs_that_act_are_shown_instead(make_run):
    sample = {"prompt": "a\x00b\x1b[31m\u202ec\ud800", "text": "a", "tokens": []}
    page = page_of(make_run(samples=[sample]))
    assert "a␀b␛[31m�c�" in page


def test_a_sample_without_probabilities_is_shown_plain(make_run):
    page = page_of(make_run(samples=[{"prompt": "Shall I", "text": "Shall I compare"}]))
    assert '<b class="prompt">Shall I</b> compare</p>' in page
    assert "Without token probabilities." in page


def test_a_few_drafts_stand_for_many(make_run):
    drafts = list(range(100))
    chosen = choose_drafts(drafts)
    assert (len(chosen), chosen[0], chosen[-1]) == (6, 0, 99)
    assert "Samples as training went on Step 10 draft 10" in said(page_of(make_run()))


def test_the_numbers_of_the_run_are_on_the_page(make_run):
    text = said(page_of(make_run()))
    for words in (
        "Beats the baseline",
        "Loss, nats per token 1.4000 1.5000",
        "95 % interval of the loss 1.3800 to 1.4200 1.4900 to 1.5100",
        "Perplexity 4.055 4.482",
        "Bits per byte 2.0198 2.1640",
        "Targets scored 1,234 1,234",
        "Model minus baseline, target by target: −0.1000 nats per token (95 % interval −0.1200 to −0.0800).",
        "Scored with a context of 32 tokens, moved on by 16 at a time",
        "Characters 12,001",
        "The last tenth is held out.",
        "not UTF-8 my poems.txt, line 7 2",
        "Parameters 2.67 million",
        "Tokens per second, over all 474",
        "Peak memory 812 MB",
        "Arithmetic, estimated 6.6 × 10¹¹ FLOPs",
        "CPU cores 2",
        'path = "my poems.txt"',
        "mixer attention",
    ):
        assert words in text, words


def test_commands_can_be_pasted_as_they_are(make_run):
    run = make_run("my run's")
    text = Outline(page_of(run)).text
    quoted = "'" + str(run).replace("'", "'\"'\"'") + "'"
    assert f"quatrain generate {quoted} 'Shall I'\n" in text
    assert f"quatrain evaluate {quoted}\n" in text
    assert "--resume" not in text  # it has ended
    assert f"quatrain export {quoted} --to hf --out " in text
    assert compile(text.split("From Python")[1].strip(), "the page", "exec")
    assert f"qt.open_run({str(run)!r})" in text


def test_equal_folders_give_equal_pages(make_run):
    run = make_run()
    assert page_of(run) == page_of(run)


def test_the_test_parts_are_scored_by_name(make_run, finished):
    assert "Test parts" not in said(page_of(make_run("none")))
    part = {"loss": 1.45, "interval": [1.43, 1.47], "perplexity": 4.26, "bits_per_byte": 2.1, "n_targets": 900}
    finished["tests"] = {"test": part, "old": {**part, "loss": 1.75}}
    run = make_run(result=finished)
    text = said(page_of(run))
    assert "test 1.4500 1.4300 to 1.4700 4.26 2.1000 900" in text
    assert "old 1.7500 1.4300 to 1.4700 4.26 2.1000 900" in text
    assert f"quatrain evaluate {run} --part test " in text


def test_an_interrupted_run_says_so_and_how_to_go_on(make_run):
    run = make_run(result=None, samples=None)
    text = said(page_of(run))
    assert "Not finished" in text
    assert "This run has not been scored: it has no result.json." in text
    assert "Training loss: 4.0000 at step 1, 1.0607 at step 40." in text
    assert "There are no samples of the finished model." in text
    assert text.endswith(f"Go on from the last checkpoint quatrain train 'my poems.txt' --out {run} --resume")
    assert "quatrain generate" not in text


def test_a_folder_with_nothing_but_a_config_still_has_a_page(make_run):
    run = make_run(result=None, samples=None, recipe=None)
    (run / "metrics.jsonl").unlink()
    text = said(page_of(run))
    assert "No step was logged, so there are no curves." in text
    assert "This run has no recipe.toml." in text
    assert f"quatrain train DATA --out {run} --resume" in text


def test_a_model_that_was_imported_or_mixed_is_not_called_unfinished(make_run):
    run = make_run(result=None, samples=None, metrics=[{"split": "none"}])
    (run / "model.safetensors").write_bytes(b"")
    text = said(page_of(run))
    assert "Not scored This model was not trained here: it was imported, or mixed of other runs." in text
    assert f"quatrain generate {run} 'Once upon a time'" in text
    assert "--resume" not in text


def test_a_task_of_another_version_is_named(make_run):
    run = make_run(config={"format": 1, "task": "translation", "model": {}})
    with pytest.raises(RunError, match=r"config\.json: no task is called 'translation'\. Did you mean 'translate'\?"):
        write_report(run)


def test_an_ngram_run_has_no_curves_and_says_why(make_run, finished):
    finished |= {"baseline": None, "difference": None}
    run = make_run(config={"format": 1, "model": {"kind": "ngram", "order": 7}}, result=finished)
    (run / "metrics.jsonl").unlink()
    text = said(page_of(run))
    assert "The baseline itself" in text
    assert "An n-gram is counted in one pass over the text, not trained step by step, so there are no curves." in text
    assert "No baseline was scored" not in text
    assert "--resume" not in text


@pytest.mark.parametrize("missing", ["interval", "perplexity", "difference", "baseline", "machine", "data", "flops"])
def test_a_result_may_lack_anything(make_run, finished, missing):
    del finished[missing]
    assert "undefined" not in said(page_of(make_run(result=finished))).lower()


def test_a_result_of_nothing_is_told_as_not_recorded(make_run):
    text = said(page_of(make_run(result={})))
    assert "Loss, nats per token not recorded" in text
    assert "Peak memory not recorded" in text


def test_pages_are_drawn_without_torch():
    code = "import sys, quatrain.report; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
