"""The linear chain against all ways to tag a sentence, one by one."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from quatrain.layers.crf import LinearChain
from quatrain.layers.tag_heads import TAG_HEADS, ChainedTags, TagHead, goes_on

TAGS = ("O", "B-x", "I-x")
LENGTHS = (4, 1, 3, 2)


def chain(n_tags: int = 3) -> LinearChain:
    free = [[True] * n_tags] * n_tags
    made = LinearChain(n_tags, may_follow=free, may_start=free[0]).double()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in made.parameters():
            weight.normal_(generator=generator)
    return made


def drawn() -> tuple[Tensor, Tensor]:
    scores = torch.randn(4, 4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    return scores, torch.arange(4) < torch.tensor(LENGTHS)[:, None]


def by_hand(made: LinearChain, scores: Tensor, tags: tuple[int, ...]) -> Tensor:
    total = made.start[tags[0]] + made.end[tags[-1]]
    for place, tag in enumerate(tags):
        total = total + scores[place, tag]
    for before, tag in itertools.pairwise(tags):
        total = total + made.follow[before, tag]
    return total


def all_ways(made: LinearChain, scores: Tensor, length: int) -> dict[tuple[int, ...], Tensor]:
    return {tags: by_hand(made, scores, tags) for tags in itertools.product(range(3), repeat=length)}


def test_scores_sums_maxima_and_marginals_are_those_of_all_ways_one_by_one() -> None:
    made = chain()
    scores, mask = drawn()
    tags = torch.randint(3, (4, 4), generator=torch.Generator().manual_seed(2))
    found = made.score(scores, tags, mask), made.log_partition(scores, mask)
    best, marginals = made.best(scores, mask), made.marginals(scores, mask)
    for row, length in enumerate(LENGTHS):
        ways = all_ways(made, scores[row], length)
        values = torch.stack(list(ways.values()))
        torch.testing.assert_close(found[0][row], ways[tuple(tags[row, :length].tolist())], rtol=0, atol=1e-12)
        torch.testing.assert_close(found[1][row], values.logsumexp(0), rtol=0, atol=1e-12)
        assert tuple(best[row, :length].tolist()) == max(ways, key=lambda way: ways[way].item())
        for place, tag in itertools.product(range(length), range(3)):
            own = torch.stack([value for way, value in ways.items() if way[place] == tag])
            share = (own.logsumexp(0) - values.logsumexp(0)).exp()
            torch.testing.assert_close(marginals[row, place, tag], share, rtol=0, atol=1e-12)


def test_gradients_of_the_sum_are_the_marginals() -> None:
    made = chain()
    scores, mask = drawn()
    scores.requires_grad_()
    (gradient,) = torch.autograd.grad(made.log_partition(scores, mask).sum(), scores)
    torch.testing.assert_close(gradient[mask], made.marginals(scores, mask)[mask], rtol=0, atol=1e-12)
    assert (gradient[~mask] == 0).all()


def test_a_sentence_without_words_costs_nothing() -> None:
    made = chain()
    scores, _ = drawn()
    nothing = torch.zeros(4, 4, dtype=torch.bool)
    tags = torch.zeros(4, 4, dtype=torch.long)
    assert (made.score(scores, tags, nothing) == 0).all()
    assert (made.log_partition(scores, nothing) == 0).all()


def test_the_likeliest_tags_go_on_only_where_an_entity_has_begun() -> None:
    head = ChainedTags(TAGS).double()
    scores = torch.zeros(1, 3, 3, dtype=torch.float64)
    scores[0, :, 2] = 5.0  # I-x everywhere
    assert head.best(scores, torch.ones(1, 3, dtype=torch.bool)).tolist() == [[1, 2, 2]]
    assert head.losses(scores, torch.full((1, 3), 2), torch.ones(1, 3, dtype=torch.bool)).item() < 0.1, "none is barred"


def test_what_may_follow_what() -> None:
    assert [goes_on(before, "I-x") for before in ("O", "B-x", "I-x", "B-y", "I-y")] == [False, True, True, False, False]
    assert goes_on("I-y", "B-x")


@pytest.fixture(params=list(TAG_HEADS))
def head(request: pytest.FixtureRequest) -> TagHead:
    built = TAG_HEADS[request.param]().build(TAGS).double()
    with torch.no_grad():
        for weight in built.parameters():
            weight.normal_(generator=torch.Generator().manual_seed(3))
    return built


def test_probabilities_of_all_ways_add_up_to_one(head: TagHead) -> None:
    scores, mask = drawn()
    for row, length in enumerate(LENGTHS):
        ways = torch.tensor([way + (0,) * (4 - length) for way in itertools.product(range(3), repeat=length)])
        n = len(ways)
        losses = head.losses(scores[row].expand(n, -1, -1), ways, mask[row].expand(n, -1))
        assert (-losses).exp().sum().item() == pytest.approx(1.0, abs=1e-12)


def test_padding_changes_nothing(head: TagHead) -> None:
    scores, mask = drawn()
    tags = torch.ones(4, 4, dtype=torch.long)
    whole, best, sure = head.losses(scores, tags, mask), head.best(scores, mask), head.marginals(scores, mask)
    for row, n in enumerate(LENGTHS):
        one = scores[row : row + 1, :n], mask[row : row + 1, :n]
        torch.testing.assert_close(head.losses(one[0], tags[:1, :n], one[1])[0], whole[row], rtol=0, atol=1e-12)
        assert head.best(*one).tolist() == [best[row, :n].tolist()]
        torch.testing.assert_close(head.marginals(*one)[0], sure[row, :n], rtol=0, atol=1e-12)


def test_marginals_are_probabilities(head: TagHead) -> None:
    scores, mask = drawn()
    assert head.marginals(scores, mask)[mask].sum(dim=1).tolist() == pytest.approx([1.0] * sum(LENGTHS))
