"""Reading a run folder: what is missing, torn, repeated or damaged."""

from __future__ import annotations

import re

import pytest

from quatrain.errors import RunError
from quatrain.report import write_model_card, write_report
from quatrain.report.faces import read_run
from quatrain.report.folder import write_page


def test_a_step_logged_again_after_a_resume_counts_once(make_run):
    lines = [
        {"split": "train", "step": 1, "loss": 3.0},
        {"split": "train", "step": 2, "loss": 2.5},
        {"split": "train", "step": 3, "loss": 9.0},
        {"split": "train", "step": 2, "loss": 2.4},
    ]
    _, run = read_run(make_run(metrics=lines))
    assert [(point.step, point.loss) for point in run.train] == [(1, 3.0), (2, 2.4), (3, 9.0)]


def test_lines_that_are_no_records_are_counted_and_left_out(make_run):
    run = make_run(metrics=[{"split": "train", "step": 1, "loss": 3.0}, {"split": "val", "loss": 2.0}, [1, 2]])
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"split": "tr')
    with (run / "samples.jsonl").open("a") as file:
        file.write('{"prompt": 5}\n')
    _, facts = read_run(run)
    assert (len(facts.train), len(facts.val), len(facts.samples)) == (1, 0, 1)
    assert facts.n_unreadable == 4
    assert "4 lines of metrics.jsonl or samples.jsonl could not be read" in write_report(run).read_text()


def test_a_null_says_no_more_than_a_missing_key(make_run, finished):
    finished |= {"machine": None, "data": {"name": None, "n_bytes": 7}, "flops": None}
    _, run = read_run(make_run(result=finished))
    result = run.result
    assert result is not None
    assert (result.machine.cpus, result.data.name, result.data.n_bytes, result.flops) == (None, None, 7, None)


@pytest.mark.parametrize("write", [write_report, write_model_card])
def test_a_folder_that_is_no_run_is_refused_by_name(make_run, tmp_path, write):
    with pytest.raises(RunError, match=re.escape(f"{tmp_path / 'none'}: there is no such folder")):
        write(tmp_path / "none")
    with pytest.raises(RunError, match=r"poems: there is no config\.json, so this is not a run"):
        write(make_run(config=None))


def test_a_damaged_result_names_the_file_and_the_key(make_run, finished):
    finished["baseline"]["loss"] = "low"
    run = make_run(result=finished)
    with pytest.raises(RunError, match=r"result\.json\.baseline\.loss: .* got 'low'\. Restore it, or train again"):
        write_report(run)
    (run / "result.json").write_text('{"loss": 1.')
    with pytest.raises(RunError, match=r"result\.json: this is not JSON"):
        write_report(run)


def test_a_page_replaces_the_old_one_whole(tmp_path):
    page = tmp_path / "report.html"
    page.write_text("old and longer than the new one")
    assert write_page(page, "new") == page
    assert page.read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(RunError, match=r"report\.html: could not be written \(No such file or directory\)"):
        write_page(tmp_path / "gone" / "report.html", "new")
