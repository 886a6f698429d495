"""A mixture: the mean of its members' probabilities, however it is asked."""

from __future__ import annotations

import pytest
import torch

from quatrain.errors import ConfigError
from quatrain.mixers import AttentionConfig
from quatrain.models import CausalLMConfig, Mixture, MixtureConfig, NGramConfig

CONFIG = MixtureConfig(
    vocab_size=7,
    members=(
        CausalLMConfig(vocab_size=7, d_model=8, n_layers=1, max_seq_len=20, mixer=AttentionConfig(n_heads=2)),
        NGramConfig(vocab_size=7, order=3, start_token=0),
    ),
)


def ready() -> Mixture:
    torch.manual_seed(0)
    mixture = CONFIG.build().eval()
    text = torch.randint(1, 7, (80,))
    text[0] = 0
    mixture.observe(text, torch.tensor([0]), torch.Generator())
    return mixture


def test_probabilities_are_the_mean_of_the_members_and_sum_to_one() -> None:
    mixture, tokens = ready(), torch.tensor([[0, 3, 1, 4, 1, 5]])
    p = mixture(tokens).exp()
    members = [member(tokens).softmax(dim=-1) for member in mixture.members]
    torch.testing.assert_close(p, (members[0] + members[1]) / 2, rtol=0, atol=1e-6)
    torch.testing.assert_close(p.sum(dim=-1), torch.ones(1, 6), rtol=0, atol=1e-6)


def test_a_mixture_is_never_worse_than_the_mean_of_its_members_losses() -> None:
    """Jensen's inequality: -log of a mean is at most the mean of -log."""
    mixture, tokens = ready(), torch.randint(1, 7, (3, 12))
    together = mixture.token_losses(tokens[:, :-1], tokens[:, 1:])
    alone = [member.token_losses(tokens[:, :-1], tokens[:, 1:]) for member in mixture.members]
    assert (together <= torch.stack([loss.double() for loss in alone]).mean(dim=0) + 1e-9).all()


def test_the_shortest_bound_bounds_it() -> None:
    assert ready().max_seq_len == 20


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([{"kind": "ngram", "vocab_size": 7}], "at least two models"),
        ([{"kind": "ngram", "vocab_size": 7}, {"kind": "ngram", "vocab_size": 8}], r"know \[7, 8\] tokens"),
        ([{"kind": "ngrm", "vocab_size": 7}, {"kind": "ngram", "vocab_size": 7}], "Did you mean 'ngram'"),
    ],
)
def test_members_that_do_not_fit_are_refused(members: list[dict[str, object]], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        MixtureConfig.from_dict({"vocab_size": 7, "members": members})
