"""compare.html: its structure, its safety, and that it says no more than the numbers do."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest

from quatrain.errors import RunError
from quatrain.report import write_compare_report
from quatrain.report.compare_figures import N_STYLES, exponent, mean_curve

from .comparisons import of_classes, of_forecasts, of_one_seed, of_pairs, of_task, of_text, trained
from .outline import HOSTILE, Outline, said

every_kind = pytest.mark.parametrize(
    "found",
    [of_text(), of_task(), of_pairs(), of_classes(), of_forecasts(), of_one_seed()],
    ids=["text", "task", "pairs", "classes", "forecasts", "one seed"],
)
N_CHARTS = {"pairs": 7, "classify": 5, "forecast": 3}
"""Values, two of learning, three of cost; of pairs BLEU by length, too; fewer where nothing writes, or is longer."""


@pytest.fixture
def page_of(make_comparison):
    def draw(found):
        folder = make_comparison(found)
        path = write_compare_report(folder)
        assert path == folder / "compare.html"
        return path.read_text(encoding="utf-8")

    return draw


@every_kind
def test_every_tag_is_closed_and_every_id_is_unique(page_of, found):
    outline = Outline(page_of(found))
    assert outline.open == []
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {attributes["href"][1:] for attributes in outline.all("a")} <= set(ids)


@every_kind
def test_headings_tables_and_charts_can_be_heard(page_of, found):
    outline = Outline(page_of(found))
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(cell.get("scope") in ("col", "row") for cell in outline.all("th"))
    charts = [chart for chart in outline.all("svg") if "chart" in (chart.get("class") or "").split()]
    assert len(charts) == N_CHARTS.get(found["data"]["kind"], 6)
    assert all(chart["role"] == "img" and chart["aria-label"] for chart in charts)


def test_the_page_refers_to_nothing_outside_itself(page_of):
    page = page_of(of_text())
    assert not re.search(r"url\(|@import|https?://", page)
    assert {tag for tag, _ in Outline(page).elements}.isdisjoint({"script", "iframe", "object", "embed", "img", "base"})
    assert "default-src 'none';" in page


def test_everything_from_outside_is_escaped(page_of):
    found = of_text()
    for part in (found["data"], found["budget"], found["search"], found["test"], found["machine"]):
        for name in set(part) - {"kind", "metric", "better", "best", "second"}:
            part[name] = HOSTILE if isinstance(part[name], str) else part[name]
    found["verdict"] = found["command"] = found["entrants"][-1]["failed"] = found["entrants"][-1]["word"] = HOSTILE
    found["entrants"][0]["word"] = found["ranking"][0] = found["test"]["best"] = HOSTILE + "2"
    found["entrants"][0]["solution"] = {HOSTILE: HOSTILE}
    outline = Outline(page_of(found))
    assert outline.open == []
    assert {tag for tag, _ in outline.elements}.isdisjoint({"script", "img"})
    assert outline.text.count("<script>alert(1)</script>") > 15


def test_equal_folders_give_equal_pages(page_of):
    assert page_of(of_text()) == page_of(of_text())


def test_the_numbers_of_the_comparison_are_on_the_page(page_of):
    text = said(page_of(of_text()))
    for words in (
        "11 models on input.txt",
        "3 seeds · 2 h 15 min · quatrain 0.1.0",
        "transformer is best At equal parameters and time,",
        "Loss, nats per token: lower is better.",
        "hyena 1.5240 1.5120 to 1.5380 +0.0120",
        "Intervals are 95 %, over 3 seeds and the tokens.",
        "conv 813,282 5.02 million 189 287 kB 57.3 kB",
        "transformer 811,234 4.9 million any distance 57.3 kB 3.67 MB",
        "lstm, 2 1.5580 1.5580 5,312 3 million 5 min 00 s",
        "transformer 2.00",
        "In training, hyena is cheaper than transformer from a length of about 410 on.",
        "In training, lstm is cheaper than transformer at every length measured.",
        "In training, mlp is not cheaper than transformer at the longest length measured with both.",
        "d_model 112, d_ff 431, n_layers 4 811,234",
        "ngram order 7",
        "1.9120 rate 0.01, chosen 2.2120 rate 0.03",
        "Chosen at an end of the search, so a rate beyond it might do better: rnn.",
        "Seeds 0, 1, 2, the same for every model.",
        "transformer minus hyena −0.0120",
        "Significant at 5 % yes",
        "Jobs at once 2",
        "quatrain compare input.txt --models transformer,lstm --budget time=300 --seeds 3",
    ):
        assert words in text, words


def test_a_winner_is_named_only_where_the_test_found_one(page_of):
    for found, headline in (
        (of_task(), "transformer and hyena cannot be told apart"),
        (of_one_seed(), "lstm and gru cannot be told apart"),
        (of_text() | {"test": None}, "Not tested, so no winner"),
    ):
        text = said(page_of(found | {"verdict": "The verdict."}))
        assert f"{headline} The verdict." in text
        assert not re.search(r"is best|wins|winner is", text)


def test_a_significant_first_on_one_seed_is_called_so(page_of):
    found = of_one_seed()
    found["test"] |= {"p": 1e-9, "significant": True}
    text = said(page_of(found))
    assert "lstm is best, on one seed" in text
    assert "p below 0.0001" in text


def test_one_seed_is_said_to_be_one_seed(page_of):
    text = said(page_of(of_one_seed()))
    assert "1 seed ·" in text
    assert "over the tokens only: each model was trained once, so luck of the start is not in them." in text
    assert "One seed. What another start of the same models would give is not known." in text
    assert "thin lines are single seeds" not in text


def test_seeds_that_did_not_end_are_counted(page_of):
    found = of_text()
    del found["entrants"][1]["runs"][0]
    assert "Seeds that ended: lstm (2 of 3)." in said(page_of(found))


def test_what_has_no_result_is_listed_with_its_reason(page_of):
    text = said(page_of(of_text()))
    assert "Without a result delta: the loss was not finite at every rate tried" in text
    found = of_text()
    found["entrants"][-1]["failed"] = None
    assert "delta: no result yet: the comparison was stopped; add --resume to go on" in said(page_of(found))


def test_a_comparison_without_any_result_still_has_a_page(page_of):
    found = of_one_seed() | {"test": None, "ranking": []}
    for entrant in found["entrants"]:
        entrant |= {"runs": [], "value": None, "interval": None, "cost": None, "search": [], "failed": "disk full"}
    text = said(page_of(found))
    for words in ("No model has a result", "There is nothing to rank.", "lstm: disk full", "No cost was measured."):
        assert words in text, words
    assert "quatrain generate" not in text


def test_a_task_has_shares_a_chance_level_and_what_is_natural(page_of):
    page = page_of(of_task())
    text = said(page)
    assert "Accuracy: higher is better. Guessing reaches 6.7 %. The value stands anywhere before" in text
    assert "transformer 99.7 % 97.7 % to 100.0 % – yes yes" in text
    assert "lstm 62.0 % 60.0 % to 64.0 % −37.7 points no –" in text
    assert 'class="line chance"' in page
    assert "chance: 6.7 %" in text
    assert "nats per target" in text


def test_translations_have_their_bleu_beside_the_loss(page_of, make_comparison):
    text = said(page_of(of_pairs()))
    for words in (
        "Loss, nats per target token: lower is better.",
        "Against the first BLEU chrF Exact translator 2.1140 2.1020 to 2.1280 – 31.2 (29.7 to 32.7)",
        "lstm-bottleneck 2.7020 2.6900 to 2.7160 +0.5880 12.3 (10.8 to 13.8) 32.4 3.1 %",
        "with the 95 % interval of one training over its sentences; exact ones are the reference.",
        "BLEU by length of the source",
        "Sentences by words of the source: 2 to 6 (120 sentences), 7 to 11 (120 sentences), 12 to 16",
        "Updates Tokens Time BLEU chrF translator, 0",
        "5 min 00 s 30.2 51.2",
        "Measured on one pair, both sides of that length, at a time",
    ):
        assert words in text, words
    folder = make_comparison(of_pairs(), "my runs")
    text = said(write_compare_report(folder).read_text())
    assert f"Translate with translator quatrain translate '{folder}/runs/translator-0' FILE" in text
    assert f"Score translator again quatrain evaluate '{folder}/runs/translator-0'" in text


def test_classes_have_their_scores_and_the_baseline_beside_them(page_of, make_comparison):
    text = said(page_of(of_classes()))
    for words in (
        "Accuracy: higher is better. Guessing reaches 51.2 %.",
        "Against the first Macro F1, % AUROC lstm 83.2 % 82.0 % to 84.6 % – 82.2 (80.2 to 84.2) – baseline 81.0 %",
        "The baseline is the best of several models of counts on these very examples",
        "Model Parameters FLOPs an example, training lstm",
        "Loss over examples seen",
        "Loss, nats per example Updates Examples Time",
        "baseline, 0 81.0 % 0.4300 1 900 1.5 s",
        "Measured on one text at a time",
        "Model, length Training Memory Forward lstm, 64",
        "dan d_model 47, n_layers 0; 1.2 % above the agreed size 811,746",
        "baseline counted, not trained: logistic regression on words –",
        "Share of errors by rate",
    ):
        assert words in text, words
    for words in ("Reach is how far", "State after", "One more token", "any distance", "None"):
        assert words not in text, words
    folder = make_comparison(of_classes(), "my runs")
    text = said(write_compare_report(folder).read_text())
    assert f"Tell classes with lstm quatrain predict '{folder}/runs/lstm-0' FILE" in text


def test_forecasts_are_of_one_length_so_no_cost_is_drawn(page_of):
    page = page_of(of_forecasts())
    text = said(page)
    for words in (
        "Squared error, standard units: lower is better.",
        "dlinear 0.4120 0.4000 to 0.4260 – 0.2060 lstm",
        "dlinear no width to solve; 43.0 % below the agreed size 811,234",
        "Rows that are forecast 24",
        "baseline, 0 0.6100 – 1 900",
        "Squared error by rate",
        "Tell what comes after a table with dlinear quatrain predict",
    ):
        assert words in text, words
    for words in ("Cost", "Vocabulary", "Reach", "None"):
        assert words not in text, words
    assert "#costs" not in page


def test_a_chance_level_is_drawn_where_it_leaves_room_for_the_intervals(page_of):
    found = of_classes()
    assert "chance: 51.2 %" not in page_of(found)
    found["data"]["chance"] = 0.75
    assert "chance: 75.0 %" in page_of(found)


def test_what_is_counted_leaves_no_run_to_go_on_with(page_of):
    found = of_forecasts()
    found["ranking"] = ["baseline", "dlinear", "lstm"]
    text = said(page_of(found))
    assert "Tell what comes after a table with dlinear quatrain predict" in text


def test_translations_of_one_length_are_not_drawn_by_length(page_of):
    found = of_pairs()
    for entrant in found["entrants"]:
        entrant["by_length"] = entrant["by_length"][:1]
    assert "BLEU by length" not in page_of(found)


def test_only_a_text_is_written_with(page_of, make_comparison):
    assert "quatrain generate" not in said(page_of(of_task()))
    folder = make_comparison(of_text(), "my runs")
    text = said(write_compare_report(folder).read_text())
    assert f"Write with transformer quatrain generate '{folder}/runs/transformer-0' 'Once upon a time'" in text
    assert f"Score transformer again quatrain evaluate '{folder}/runs/transformer-0'" in text


def test_a_model_looks_the_same_in_every_figure(page_of):
    looks = re.findall(r'class="line (m\d+)"[^>]*></line></svg>([a-z]+)', page_of(of_text()))
    assert len(dict(looks)) == 11
    assert {(word, style) for style, word in looks} == {(word, style) for style, word in dict(looks).items()}


def test_the_style_sheet_knows_every_style(page_of):
    page = page_of(of_text())
    assert all(re.search(rf"\.m{place}[ ,]", page) for place in range(N_STYLES))


def test_a_counted_model_is_a_line_across_among_the_curves(page_of):
    page = page_of(of_text())
    assert re.search(r'<line class="line m9" x1="0" x2="100%"', page)
    assert "A counted model does not learn by steps: its loss is a line across." in said(page)


def test_single_seeds_are_drawn_thin_where_they_are_few(page_of):
    assert 'class="line m1 thin"' in page_of(of_task())
    assert " thin" not in Outline(page_of(of_text())).text
    assert 'class="line m1 thin"' not in page_of(of_text())


def test_what_is_not_finite_is_not_drawn(page_of):
    found = of_text()
    found["entrants"][0]["runs"][0]["curve"][3][2] = math.nan
    found["entrants"][0]["runs"][1]["curve"] = [[15.0, 300, None]]
    found["entrants"][0]["cost"]["training"][2] = None
    found["entrants"][1]["cost"]["decoding"] = [0.0]
    found["entrants"][2]["interval"] = [math.nan, math.inf]
    assert not re.search(r"(?<![a-z])(nan|inf)(?![a-z])", page_of(found).partition("<body>")[2])


def test_fields_a_reader_can_do_without_may_be_missing(page_of):
    found = of_text()
    kept = {"format", "data", "entrants", "ranking", "verdict"}
    found = {name: value for name, value in found.items() if name in kept}
    found["data"] = {"kind": "text", "name": "input.txt", "better": "lower"}
    found["entrants"] = [{"word": "lstm", "value": 1.5}, {"word": "gru", "value": 1.6}]
    found["ranking"] = ["lstm", "gru"]
    text = said(page_of(found))
    assert "lstm 1.5000 not recorded" in text
    assert "No test was made." in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, r"compare\.json: format 2 is not 1, the one known here\. Update quatrain\."),
        ({"ranking": ["nobody"]}, r"compare\.json: ranking names \['nobody'\], which have no value"),
        ({"entrants": []}, r"compare\.json\.entrants: Tuple should have at least 1 item"),
        ({"verdict": None}, r"compare\.json\.verdict: Field required"),
        ({"seeds": ["x"]}, r"compare\.json\.seeds\.0: .* got 'x'\. Restore it, or type quatrain compare --resume"),
    ],
)
def test_a_damaged_file_is_named_with_the_place_and_the_way_out(page_of, change, message):
    with pytest.raises(RunError, match=message):
        page_of(of_text() | change)


def test_a_folder_without_comparison_is_refused(make_comparison, tmp_path):
    with pytest.raises(RunError, match=r"compare\.json: there is no such file, so this is not a comparison"):
        write_compare_report(tmp_path)
    with pytest.raises(RunError, match=r"compare\.json: this is not JSON"):
        write_compare_report(make_comparison('{"format": 1,'))


def test_seeds_that_were_validated_once_at_other_times_have_no_curve_but_a_page(page_of):
    found = of_text()
    for entrant in found["entrants"]:
        for place, seed in enumerate(entrant["runs"]):
            seed["curve"] = [[1.0 + place, 100 + place, 2.0]] if seed["curve"] else []
    page = page_of(found)
    assert "Loss over time" not in page
    assert "Training on one" in page


def test_the_mean_of_seeds_ends_where_the_first_of_them_ends():
    assert mean_curve([[(0, 4.0), (10, 2.0)], [(0, 6.0), (5, 5.0), (20, 2.0)]]) == [(0, 5.0), (5, 4.0), (10, 3.0)]
    assert mean_curve([[(3, 1.0)]]) == [(3, 1.0)]
    assert mean_curve([[(0, 1.0)], [(1, 1.0)]]) == []


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_the_exponent_is_that_of_the_longer_half(power):
    points = [(64.0 * 2**n, 9.0 if n < 3 else (2.0**n) ** power) for n in range(7)]
    assert exponent(points) == pytest.approx(power)
    assert exponent(points[:1]) is None


def test_more_models_than_styles_still_make_a_page(page_of):
    found = of_text()
    found["entrants"] += [trained(f"model{n}", n, 2.0, [0, 1, 2]) for n in range(20)]
    assert Outline(page_of(found)).open == []
