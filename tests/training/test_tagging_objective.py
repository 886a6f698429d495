"""What a tagger learns from, what it is scored by, and what stands beside it."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from seqeval.metrics import f1_score

from quatrain.data import TaggedConfig, TaggedData
from quatrain.data.tagged import Sentence
from quatrain.data.tagged.opening import open_read
from quatrain.data.tagged.sentences import TaggedRead
from quatrain.models import Tagger
from quatrain.models.taggers import Shape, tagger_of
from quatrain.training.baselines.taggers import DictionaryTagger, logistic_tagger, shape
from quatrain.training.objectives import Tag, tagged
from quatrain.training.objectives.tagging import TaggingScore

NAMES, PLACES = ("Ann", "Bob", "Carla"), ("Rome", "Oslo")


def sentence(draw: random.Random) -> Sentence:
    words = (draw.choice(NAMES), "left", draw.choice(PLACES), *["now"] * draw.randrange(4))
    return Sentence(words, ("B-person", "O", "B-place", *["O"] * (len(words) - 3)))


@pytest.fixture(scope="module")
def data() -> TaggedData:
    draw = random.Random(0)
    parts = {name: [sentence(draw) for _ in range(n)] for name, n in (("train", 30), ("val", 11))}
    return open_read(TaggedConfig(path="made up"), TaggedRead("made up", parts))


def built(data: TaggedData, word: str = "tagger") -> Tagger:
    torch.manual_seed(0)
    shaped = Shape("words", data.tokenizer.vocab_size, data.train.tags, 8, 1, 2, None)
    return tagger_of(word)(shaped).build()


@pytest.mark.parametrize("word", ["tagger", "bilstm-softmax"])
def test_the_score_is_seqevals_of_what_is_told(data: TaggedData, word: str) -> None:
    model = built(data, word)
    score, values = Tag().score(model, data.val)
    told, loss_sum, n_targets = tagged(model, data.val)
    true = [list(s.tags) for s in data.val.sentences]
    assert score.entities.f1 == pytest.approx(f1_score(true, [one.tags for one in told]))
    assert score.loss == pytest.approx(loss_sum / n_targets)
    assert n_targets == score.n_targets == sum(map(len, true))
    assert values.shape == (11,)
    assert all(0 <= p <= 1 for one in told for p in one.probabilities)
    assert model.training, "it is left as it was"


def test_the_loss_of_a_batch_is_the_sum_over_its_sentences(data: TaggedData) -> None:
    model = built(data).eval()
    batch = data.val.batches(seed=0, batch_size=11, seq_len=16).at(0)
    loss = Tag().loss_sum(model, batch).item()
    assert loss == pytest.approx(tagged(model, data.val)[1], rel=1e-5)
    assert sum(Tag().loss_sum(model, part).item() for part in batch.split(4)) == pytest.approx(loss, rel=1e-5)


def test_a_few_updates_find_the_entities(data: TaggedData) -> None:
    model = built(data)
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.02)
    batches = data.train.batches(seed=0, batch_size=10, seq_len=16)
    for step in range(40):
        batch = batches.at(step)
        optimiser.zero_grad()
        (Tag().loss_sum(model, batch) / batch.n_targets).backward()
        optimiser.step()
    assert Tag().score(model, data.val)[0].entities.f1 > 0.9


def test_weights_are_chosen_by_f1_and_then_by_the_loss(data: TaggedData) -> None:
    score = Tag().score(built(data), data.val)[0]

    def with_values(f1: float, loss: float) -> Any:
        entities = score.entities.__class__(**{**vars(score.entities), "f1": f1})
        return TaggingScore(entities, loss, 10, 0.0)

    faults = [Tag().fault(with_values(*values)) for values in ((0.5, 0.1), (0.5, 0.2), (0.4999, 0.01))]
    assert faults == sorted(faults)
    assert len({*faults}) == 3


def test_a_validation_on_the_way_looks_at_as_many_words_as_are_wanted(data: TaggedData) -> None:
    model = built(data)
    assert Tag().validate(model, data.val, None).n_targets == data.val.n_targets
    assert 0 < Tag().validate(model, data.val, 12).n_targets < data.val.n_targets


def test_a_dictionary_finds_the_longest_entity_of_its_most_frequent_type() -> None:
    dictionary = DictionaryTagger(
        [
            Sentence(("New", "York", "won"), ("B-place", "I-place", "O")),
            Sentence(("New", "York", "City"), ("B-team", "I-team", "I-team")),
            Sentence(("new", "york"), ("B-place", "I-place")),
            Sentence(("will", "will", "Will"), ("O", "O", "B-person")),
        ]
    )
    assert dictionary.tag(["new", "york", "city", "New", "York"]) == [
        "B-team",
        "I-team",
        "I-team",
        "B-place",
        "I-place",
    ]
    assert dictionary.tag(["Will", "York"]) == ["O", "O"], "more often it is none"
    assert dictionary.tag([]) == []


def test_logistic_regression_learns_from_looks(data: TaggedData) -> None:
    told = logistic_tagger(data.train)(data.val)
    assert f1_score([list(s.tags) for s in data.val.sentences], told) > 0.9


def test_shapes_of_words() -> None:
    assert [shape(word) for word in ("Ann", "NASA", "iPhone7", "3,000", "")] == ["Xx", "X", "xXxd", "d,d", ""]


def test_a_dictionary_and_a_regression_stand_beside_it_the_better_one_first(
    data: TaggedData, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    baselines = list(Tag().baselines(None, data, said.append))  # type: ignore[arg-type]
    assert [one.key for one in baselines] == ["dictionary", "logistic_regression"]
    scored = Tag().score_beside(reversed(baselines), {"val": data.val}, said.append)["val"]
    f1 = {one.key: one.to_dict()["f1"] for one in scored}
    assert f1["dictionary"] == 1.0
    assert [*f1.values()] == sorted(f1.values(), reverse=True)
    assert said[0].startswith(f"baseline: {scored[0].name}: F1 100.0")
    monkeypatch.setattr("quatrain.training.objectives.tagging.has_scikit_learn", lambda: False)
    assert len(list(Tag().baselines(None, data, said.append))) == 1  # type: ignore[arg-type]
    assert said[-1] == "no logistic regression stands beside it: that needs pip install 'quatrain[classify]'"
