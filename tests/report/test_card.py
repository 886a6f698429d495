"""README.md: front matter a hub can read, and Markdown that stays Markdown."""

from __future__ import annotations

import json

import pytest

from quatrain.report import write_model_card

HOSTILE = "a|b\n# <script>alert(1)</script> *c* `d` [e](f) é😀\x00"


def card_of(run):
    path = write_model_card(run)
    assert path == run / "README.md"
    return path.read_text(encoding="utf-8")


def front_matter(card):
    yaml = pytest.importorskip("yaml", reason="PyYAML checks the front matter")
    _, matter, _ = card.split("---\n", 2)
    return yaml.safe_load(matter)


def test_a_hub_reads_the_scores(make_run):
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub reads the card as the hub does")
    data = hub.ModelCard(card_of(make_run())).data
    assert (data.library_name, data.pipeline_tag) == ("quatrain", "text-generation")
    assert data.tags == ["quatrain", "language-model", "causal_lm"]
    assert data.model_name == "poems"
    assert [(score.metric_type, score.metric_value, score.dataset_name) for score in data.eval_results] == [
        ("loss", 1.4, "my poems.txt"),
        ("perplexity", 4.0552, "my poems.txt"),
        ("bits_per_byte", 2.0198, "my poems.txt"),
    ]


def test_the_card_tells_what_data_training_scores_limits_and_loading(make_run):
    card = card_of(make_run())
    headings = [line for line in card.splitlines() if line.startswith("#")]
    assert headings == [
        "# poems",
        "## What it is",
        "## Data",
        "## Training",
        "## Scores",
        "## Limits",
        "## How to load it",
    ]
    assert "This model beats its baseline, ngram (order 7), by 0.1000 nats per token" in card
    assert "| Measure | this model | ngram (order 7) |\n| --- | ---: | ---: |\n" in card
    assert "| Loss, nats per token | 1.4000 | 1.5000 |\n" in card
    assert "| 95 % interval of the loss | 1.3800 to 1.4200 | 1.4900 to 1.5100 |\n" in card
    assert "| Parameters | 2.67 million |\n" in card
    assert "- not UTF-8: my poems.txt, line 7 (2)\n" in card
    assert "```sh\nquatrain generate poems 'Shall I'\n```\n" in card
    assert "run = qt.open_run('poems')" in card


def test_a_card_holds_no_path_but_the_folders_name(make_run, tmp_path):
    assert str(tmp_path) not in card_of(make_run())


def test_the_test_parts_are_told_by_name_and_listed_for_a_hub(make_run, finished):
    finished["tests"] = {"test": {"loss": 1.45, "interval": [1.43, 1.47], "perplexity": 4.26, "n_targets": 900}}
    card = card_of(make_run(result=finished))
    assert "| Part | Loss, nats per token | 95 % interval of the loss | Perplexity |" in card
    assert "| test | 1.4500 | 1.4300 to 1.4700 | 4.26 | not recorded | 900 |" in card
    results = front_matter(card)["model-index"][0]["results"]
    assert [found["dataset"]["split"] for found in results] == ["validation", "test"]
    assert [metric["value"] for metric in results[1]["metrics"]] == [1.45, 4.26]


def test_everything_from_outside_stays_text(make_run, finished):
    finished["baseline"]["name"] = finished["data"]["name"] = finished["data"]["split"] = HOSTILE
    finished["data"]["faults"] = [{"what": HOSTILE, "where": HOSTILE, "count": 3}]
    config = {"format": 1, "model": {"kind": HOSTILE, HOSTILE: HOSTILE}}
    card = card_of(make_run(config=config, result=finished))
    matter = front_matter(card)
    assert matter["tags"][2] == HOSTILE.replace("\x00", "␀")
    assert matter["model-index"][0]["results"][0]["dataset"]["name"] == HOSTILE.replace("\x00", "␀")
    body = card.split("---\n", 2)[2]
    escaped = r"a\|b \# \<script\>alert(1)\</script\> \*c\* \`d\` \[e\](f) é😀␀"
    assert f"| {escaped} | {escaped} |\n" in body
    assert f"- {escaped}: {escaped} (3)\n" in body
    assert "<script>" not in body.replace(r"\<script\>", "")


def test_a_prompt_with_backticks_stays_in_its_block(make_run):
    samples = [{"prompt": "```\n# out", "text": "", "tokens": []}]
    card = card_of(make_run(samples=samples))
    assert "````sh\nquatrain generate poems '```\n# out'\n````\n" in card


def test_an_interrupted_run_has_a_card_without_scores(make_run):
    card = card_of(make_run(result=None, samples=None))
    assert "model-index" not in front_matter(card)
    assert "its last logged step is 40." in card
    assert "This run has not been scored." in card


def test_a_metric_that_is_not_finite_is_not_listed(make_run, finished):
    finished["perplexity"] = float("inf")
    metrics = front_matter(card_of(make_run(result=finished)))["model-index"][0]["results"][0]["metrics"]
    assert [metric["type"] for metric in metrics] == ["loss", "bits_per_byte"]
    assert json.dumps(metrics, allow_nan=False)
