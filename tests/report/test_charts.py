"""Charts: where things stand, in percent of the width and height."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from quatrain.report.charts import LABEL_GAP, Level, Line, _spread, interval_chart, line_chart
from quatrain.report.curves import N_DRAWN, Clock, _smooth, _thin, draw_curves
from quatrain.report.faces import read_run
from quatrain.report.quantities import percent, round_percent
from quatrain.report.scales import DOUBLING, LOG, Axis


@pytest.mark.parametrize(
    ("low", "high", "n_wanted", "ticks"),
    [
        (0, 10, 5, [0, 2, 4, 6, 8, 10]),
        (1.3, 2.3, 5, [1.4, 1.6, 1.8, 2.0, 2.2]),
        (0, 0.003, 4, [0, 0.001, 0.002, 0.003]),
        (-3, 4, 3, [-2, 0, 2, 4]),
        (1, 2500, 5, [500, 1000, 1500, 2000, 2500]),
    ],
)
def test_ticks_are_round_numbers_within_the_range(low, high, n_wanted, ticks):
    assert Axis(low, high).ticks(n_wanted) == pytest.approx(ticks)


@pytest.mark.parametrize("value", [0.0, 1.5, -2.0, 1e-12, 3e9])
def test_a_range_of_one_value_is_not_empty(value):
    axis = Axis.over([value, value])
    assert axis.low < value < axis.high
    assert axis.share(value) == pytest.approx(0.5)


def drawn(points, **options):
    return ET.fromstring(
        line_chart(
            [Line("loss", "val", points, dots=True)],
            x_name="steps",
            y_name="nats",
            description="what it shows",
            **options,
        )
    )


def test_points_stand_where_their_numbers_say():
    chart = drawn([(0, 1.0), (10, 2.0), (40, 5.0)], y_axis=Axis(1.0, 5.0))
    assert chart.find("svg/path").get("d") == "M0.0 1000.0L250.0 750.0L1000.0 0.0"
    dots = [(dot.get("cx"), dot.get("cy"), dot.findtext("title")) for dot in chart.findall("circle")]
    assert dots[1] == ("25.00%", "75.00%", "loss: 10, 2 (steps, nats)")


def test_dots_beyond_the_shown_range_are_left_out():
    assert len(drawn([(0, 9.0), (1, 2.0), (2, 1.5)], y_axis=Axis(1.0, 3.0)).findall("circle")) == 2


def test_a_level_is_a_line_across():
    chart = drawn([(0, 1.0), (1, 3.0)], y_axis=Axis(1.0, 3.0), levels=[Level("ngram", "level", 1.5)])
    line = chart.find("line[@class='line level']")
    assert (line.get("x1"), line.get("x2"), line.get("y1"), line.get("y2")) == ("0", "100%", "75.00%", "75.00%")


def test_bits_on_the_right_stand_level_with_their_nats():
    chart = drawn([(0, 0.0), (1, 2 * math.log(2))], y_axis=Axis(0, 2 * math.log(2)), right=("bits", 1 / math.log(2)))
    right = {text.text: text.get("y") for text in chart.findall("text[@class='tick']")}
    assert right == {"0": "100.00%", "0.5": "75.00%", "1": "50.00%", "1.5": "25.00%", "2": "0.00%"}


def test_a_chart_says_in_words_what_it_shows():
    chart = drawn([(0, 1.0), (1, 2.0)])
    assert (chart.get("role"), chart.get("aria-label")) == ("img", "what it shows")


def test_one_point_is_a_dot():
    chart = ET.fromstring(line_chart([Line("lr", "train", [(3, 0.1)])], x_name="steps", y_name="", description="one"))
    assert [(dot.get("cx"), dot.get("cy")) for dot in chart.findall("circle")] == [("50.00%", "50.00%")]


def test_intervals_stand_under_one_another_on_one_axis():
    chart = ET.fromstring(
        interval_chart([("<a>", "train", 1.0, (0.5, 1.5)), ("b", "level", 2.0, (1.75, 2.5))], description="two losses")
    )
    lines = [line for line in chart.findall("line") if line.get("class").startswith("line ")]
    (a_low, a_high), (b_low, b_high) = [
        (float(line.get("x1").rstrip("%")), float(line.get("x2").rstrip("%"))) for line in lines
    ]
    assert a_high - a_low == pytest.approx(4 / 3 * (b_high - b_low), abs=0.02)
    assert b_low > a_high
    assert chart.findtext("text[@class='name']") == "<a>: 1.0000 (0.5000 to 1.5000)"


def test_smoothing_keeps_a_straight_line_straight():
    line = [(float(x), 5.0 - 0.25 * x) for x in range(100)]
    assert [y for _, y in _smooth(line)] == pytest.approx([y for _, y in line])


def test_thinning_keeps_the_mean_and_the_order():
    points = [(float(x), float(x % 7)) for x in range(4 * N_DRAWN)]
    thin = _thin(points)
    assert len(thin) == N_DRAWN
    assert thin[0] == (1.5, 1.5)
    assert sum(y for _, y in thin) / len(thin) == pytest.approx(sum(y for _, y in points) / len(points))


@pytest.mark.parametrize(("seconds", "name"), [(12, "seconds"), (900, "minutes"), (3 * 3600, "hours"), (1e6, "hours")])
def test_time_is_read_in_a_unit_that_suits_it(seconds, name):
    assert Clock.of(seconds).name == name


def curves_of(folder):
    face, run = read_run(folder)
    return draw_curves(run, face.levels(run.result))


def test_the_three_curves_are_drawn_over_steps_and_over_time(make_run):
    figures = curves_of(make_run())
    assert [figure.title for figure in figures] == ["Loss", "Learning rate", "Tokens per second"]
    assert figures[0].caption == (
        "Training loss: 4.0000 at step 1, 1.0607 at step 40. Validation loss: lowest at step 40, 1.3107."
    )
    assert figures[0].key[-1] == ("level", "ngram (order 7): 1.5000")
    assert figures[1].caption == "Highest 0.003, at the end 0.003."
    assert figures[2].caption == "Median 512 tokens per second."
    for figure in figures:
        assert ">steps</text>" in figure.by_step
        assert figure.by_time is not None
        assert ">seconds</text>" in figure.by_time


def test_the_steep_opening_does_not_flatten_the_rest(make_run):
    lines = [{"split": "train", "step": step, "loss": 1000.0 if step == 1 else 2.0} for step in range(1, 101)]
    chart = ET.fromstring(curves_of(make_run(metrics=lines))[0].by_step)
    ticks = [float(text.text) for text in chart.findall("text[@class='tick left']")]
    assert max(ticks) < 3


def test_smoothed_training_losses_are_not_taken_for_those_of_validation(make_run):
    model = {"kind": "encoder_decoder", "head": {"kind": "softmax", "label_smoothing": 0.1}}
    caption = curves_of(make_run(config={"format": 1, "model": model}))[0].caption
    assert caption.endswith("Only training smooths its targets (label_smoothing 0.1), which makes its loss higher.")


def test_losses_that_are_not_finite_are_told_and_not_drawn(make_run):
    lines = [
        {"split": "train", "step": step, "loss": loss, "lr": 0.1}
        for step, loss in enumerate([3.0, 2.0, math.nan, math.inf], start=1)
    ]
    loss = curves_of(make_run(metrics=lines))[0]
    assert loss.caption.endswith("2 logged losses were not finite and are not drawn.")
    assert loss.by_time is None
    assert not re.search(r"nan|inf[^o]", loss.by_step)


@pytest.mark.parametrize(
    ("scale", "low", "high", "n_wanted", "ticks"),
    [
        (LOG, 0.002, 0.3, 5, [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2]),
        (LOG, 1, 1e4, 5, [1, 10, 100, 1000, 10_000]),
        (LOG, 1, 1e9, 5, [1, 100, 1e4, 1e6, 1e8]),
        (LOG, 1.1, 1.9, 4, [1.2, 1.4, 1.6, 1.8]),
        (DOUBLING, 64, 1024, 5, [64, 128, 256, 512, 1024]),
        (DOUBLING, 64, 2**20, 5, [64, 512, 4096, 32_768, 262_144]),
    ],
)
def test_ticks_of_a_logarithmic_axis_are_round_too(scale, low, high, n_wanted, ticks):
    assert Axis(low, high, scale).ticks(n_wanted) == pytest.approx(ticks)


def test_equal_ratios_are_equally_far_apart_on_a_logarithmic_axis():
    axis = Axis(1, 10_000, LOG)
    assert [axis.share(value) for value in (1, 10, 100, 10_000)] == pytest.approx([0, 0.25, 0.5, 1])
    wide = Axis.over([1, 100], margin=0.5, scale=LOG)
    assert (wide.low, wide.high) == pytest.approx((0.1, 1000))


@pytest.mark.parametrize("value", [1.0, 3e-6, 5e9])
def test_a_logarithmic_range_of_one_value_is_not_empty(value):
    axis = Axis.over([value], scale=LOG)
    assert axis.low < value < axis.high


def test_labels_stand_at_the_ends_of_lines_and_never_on_one_another():
    lines = [Line(f"model {n}", f"m{n}", [(0, 3.0), (1, 1.0 + n / 1000)], label=f"model {n}") for n in range(14)]
    chart = ET.fromstring(line_chart([*lines], x_name="s", y_name="nats", description="many"))
    labels = chart.findall("text[@class='label']")
    heights = [float(label.get("y").rstrip("%")) for label in labels]
    assert [label.text for label in labels] == [f"model {n}" for n in reversed(range(14))]
    assert all(after - before >= 100 * LABEL_GAP - 0.02 for before, after in pairwise(heights))
    assert (min(heights) >= 0, max(heights) <= 100) == (True, True)


def test_labels_with_room_stay_level_with_their_lines():
    assert _spread([0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9])
    gap = LABEL_GAP
    assert _spread([0.5, 0.5]) == pytest.approx([0.5 - gap / 2, 0.5 + gap / 2])
    assert _spread([1.0, 1.0]) == pytest.approx([1 - gap, 1.0])
    assert len(set(_spread([0.3] * 40))) == 40


def test_a_long_label_is_cut_and_a_level_has_one_too():
    chart = drawn([(0, 1.0), (1, 2.0)], levels=[Level("n", "level", 1.5, label="hyena+hyena+attention")])
    assert [label.text for label in chart.findall("text[@class='label']")] == ["hyena+hyena+att…"]


def test_intervals_take_a_unit_a_way_of_writing_and_a_level():
    rows = [("a", "m0", 0.5, (0.4, 0.6)), ("b", "m1", 0.9, (0.85, 0.95))]
    chart = ET.fromstring(
        interval_chart(
            rows,
            description="shares",
            x_name="accuracy",
            write=percent,
            tick=round_percent,
            levels=[Level("chance", "chance", 0.1)],
        )
    )
    assert chart.get("style") == "--rows: 2"
    assert chart.findtext("text[@class='name']") == "a: 50.0 % (40.0 % to 60.0 %)"
    assert chart.findtext("text[@class='unit end']") == "accuracy"
    assert [tick.text for tick in chart.findall("text[@class='tick below']")] == ["50 %", "100 %"]
    assert chart.find("line[@class='line chance']").get("y2") == "100%"
