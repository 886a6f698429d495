"""What the verdict says for what the scores show."""

from __future__ import annotations

import pytest

from quatrain.report.faces import read_run


def verdict(make_run, result, **files):
    return verdict_on(make_run(result=result, **files))


def verdict_on(folder):
    face, run = read_run(folder)
    return face.verdict(run)


def test_a_paired_difference_below_zero_beats_the_baseline(make_run, finished):
    said = verdict(make_run, finished)
    assert said.outcome == "beats"
    assert said.sentence == (
        "This model beats its baseline, ngram (order 7), by 0.1000 nats per token "
        "(95 % interval 0.0800 to 0.1200): 1.4000 (1.3800 to 1.4200) against 1.5000 (1.4900 to 1.5100)."
    )


def test_a_paired_difference_above_zero_does_not_beat_it(make_run, finished):
    finished |= {"loss": 1.6, "interval": [1.58, 1.62], "difference": {"mean": 0.1, "interval": [0.08, 0.12]}}
    said = verdict(make_run, finished)
    assert said.outcome == "loses"
    assert said.headline == "Does not beat the baseline"
    assert said.sentence == (
        "This model does NOT beat its baseline, ngram (order 7): it is worse by 0.1000 nats per token "
        "(95 % interval 0.0800 to 0.1200): 1.6000 (1.5800 to 1.6200) against 1.5000 (1.4900 to 1.5100)."
    )


@pytest.mark.parametrize("bounds", [[-0.02, 0.01], [-0.02, 0.0], [0.0, 0.02]], ids=str)
def test_a_paired_difference_that_may_be_zero_decides_nothing(make_run, finished, bounds):
    finished["difference"] = {"mean": -0.005, "interval": bounds}
    said = verdict(make_run, finished)
    assert said.outcome == "undecided"
    assert "is not shown to beat its baseline, ngram (order 7)" in said.sentence
    assert "the difference is −0.0050 nats per token and its 95 % interval" in said.sentence
    assert "includes zero" in said.sentence


def test_the_paired_difference_decides_even_where_the_intervals_overlap(make_run, finished):
    finished |= {"interval": [1.3, 1.6], "difference": {"mean": -0.1, "interval": [-0.12, -0.08]}}
    assert verdict(make_run, finished).outcome == "beats"


@pytest.mark.parametrize(
    ("loss", "bounds", "outcome", "evidence"),
    [
        (1.40, [1.38, 1.42], "beats", "their 95 % intervals do not overlap"),
        (1.60, [1.58, 1.62], "loses", "their 95 % intervals do not overlap"),
        (1.48, [1.46, 1.50], "undecided", "their 95 % intervals overlap"),
        (1.40, None, "undecided", "there are no 95 % intervals, so chance is not ruled out"),
    ],
)
def test_without_a_paired_difference_the_intervals_decide(make_run, finished, loss, bounds, outcome, evidence):
    finished |= {"loss": loss, "interval": bounds, "difference": None}
    said = verdict(make_run, finished)
    assert said.outcome == outcome
    assert evidence in said.sentence


def test_losses_over_different_targets_are_not_compared(make_run, finished):
    finished["n_targets"] = 1200
    said = verdict(make_run, finished)
    assert said.outcome == "unknown"
    assert "different numbers of targets, 1,200 and 1,234" in said.sentence


def test_a_model_without_a_baseline_is_neither_good_nor_bad(make_run, finished):
    finished |= {"baseline": None, "difference": None}
    said = verdict(make_run, finished)
    assert said.outcome == "unknown"
    assert "no baseline was scored beside it, so whether that is good is not known" in said.sentence


def test_an_ngram_is_the_baseline_itself(make_run, finished):
    said = verdict(make_run, finished, config={"format": 1, "model": {"kind": "ngram"}})
    assert said.headline == "The baseline itself"
    assert "it pays 1.4000 (1.3800 to 1.4200) nats per token" in said.sentence


def test_a_loss_that_is_not_finite_beats_nothing(make_run, finished):
    finished["loss"] = float("nan")
    said = verdict(make_run, finished)
    assert (said.outcome, said.sentence) == ("unknown", "Loss of this model on held-out text: not finite.")


def test_an_interrupted_run_says_how_far_it_came(make_run):
    said = verdict(make_run, None)
    assert said.headline == "Not finished"
    assert "ends after step 40, at a training loss of 1.0607 nats per token" in said.sentence


def test_a_run_stopped_before_its_first_step_says_so(make_run):
    run = make_run(result=None)
    (run / "metrics.jsonl").unlink()
    assert "ends before its first logged step" in verdict_on(run).sentence
