import pytest
import torch

from quatrain.errors import ConfigError
from quatrain.generate.config import SamplingConfig
from quatrain.generate.rules import History, build_rules

NOTHING = History(torch.zeros(3, 0, dtype=torch.int64), torch.zeros(3, 0, dtype=torch.bool), 0)


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def random_case(seed, vocab_size=11):
    """Logits (3, V), and rows of 6, 9 and 4 tokens padded on the left with a token that also occurs."""
    logits = 4 * torch.randn(3, vocab_size, generator=seeded(seed), dtype=torch.float64)
    tokens = torch.randint(0, vocab_size // 2, (3, 9), generator=seeded(seed + 1))
    token_mask = torch.arange(9) >= torch.tensor([3, 0, 5])[:, None]
    return logits, History(tokens.masked_fill(~token_mask, 0), token_mask, n_new=3)


@pytest.mark.parametrize(
    ("values", "name", "arguments"),
    [
        ({"top_k": 1}, "TopKLogitsWarper", (1,)),
        ({"top_k": 4}, "TopKLogitsWarper", (4,)),
        ({"top_k": 99}, "TopKLogitsWarper", (99,)),
        ({"top_p": 0.01}, "TopPLogitsWarper", (0.01,)),
        ({"top_p": 0.7}, "TopPLogitsWarper", (0.7,)),
        ({"top_p": 0.95}, "TopPLogitsWarper", (0.95,)),
        ({"min_p": 0.05}, "MinPLogitsWarper", (0.05,)),
        ({"min_p": 1.0}, "MinPLogitsWarper", (1.0,)),
        ({"temperature": 0.3}, "TemperatureLogitsWarper", (0.3,)),
        ({"repetition_penalty": 1.3}, "RepetitionPenaltyLogitsProcessor", (1.3,)),
        ({"repetition_penalty": 0.8}, "RepetitionPenaltyLogitsProcessor", (0.8,)),
        ({"no_repeat_ngram": 1}, "NoRepeatNGramLogitsProcessor", (1,)),
        ({"no_repeat_ngram": 2}, "NoRepeatNGramLogitsProcessor", (2,)),
        ({"no_repeat_ngram": 3}, "NoRepeatNGramLogitsProcessor", (3,)),
        ({"no_repeat_ngram": 12}, "NoRepeatNGramLogitsProcessor", (12,)),
    ],
    ids=str,
)
def test_a_rule_equals_the_one_of_transformers_row_by_row(values, name, arguments):
    processor = getattr(pytest.importorskip("transformers"), name)(*arguments)
    rules = build_rules(SamplingConfig(**values))
    for seed in range(20):
        logits, history = random_case(seed)
        ours = rules(logits, history)
        for row in range(3):
            theirs = processor(history.tokens[row, history.token_mask[row]][None], logits[row : row + 1].clone())
            torch.testing.assert_close(ours[row : row + 1], theirs, rtol=0, atol=0)


def test_all_rules_together_act_in_the_order_of_transformers():
    transformers = pytest.importorskip("transformers")
    processors = transformers.LogitsProcessorList(
        [
            transformers.RepetitionPenaltyLogitsProcessor(1.2),
            transformers.NoRepeatNGramLogitsProcessor(2),
            transformers.TemperatureLogitsWarper(1.7),
            transformers.TopKLogitsWarper(8),
            transformers.TopPLogitsWarper(0.95),
            transformers.MinPLogitsWarper(0.02),
        ]
    )
    config = SamplingConfig(repetition_penalty=1.2, no_repeat_ngram=2, temperature=1.7, top_k=8, top_p=0.95, min_p=0.02)
    for seed in range(20):
        logits, history = random_case(seed)
        theirs = processors(history.tokens[1:2], logits[1:2].clone())
        torch.testing.assert_close(build_rules(config)(logits, history)[1:2], theirs, rtol=0, atol=0)


def test_presence_and_frequency_count_new_tokens_only():
    logits, history = random_case(5)
    expected = logits.clone()
    for row in range(3):
        new = history.tokens[row, -3:].tolist()
        for token in range(11):
            expected[row, token] -= 0.5 * new.count(token) + (0.75 if token in new else 0.0)
    config = SamplingConfig(presence_penalty=0.75, frequency_penalty=0.5)
    torch.testing.assert_close(build_rules(config)(logits, history), expected)


def test_presence_and_frequency_change_nothing_before_the_first_new_token():
    logits, history = random_case(6)
    config = SamplingConfig(presence_penalty=0.75, frequency_penalty=0.5)
    assert build_rules(config)(logits, history._replace(n_new=0)).equal(logits)


def test_the_defaults_change_nothing():
    logits, history = random_case(7)
    assert build_rules(SamplingConfig())(logits, history) is logits


def test_a_rule_leaves_the_logits_it_was_given_alone():
    logits, history = random_case(8)
    before = logits.clone()
    config = SamplingConfig(
        repetition_penalty=1.5, frequency_penalty=1.0, no_repeat_ngram=2, top_k=3, top_p=0.8, min_p=0.1
    )
    build_rules(config)(logits, history)
    assert logits.equal(before)


def test_top_p_keeps_the_fewest_that_reach_it():
    logits = torch.tensor([[0.5, 0.3, 0.15, 0.05]] * 3, dtype=torch.float64).log()
    kept = build_rules(SamplingConfig(top_p=0.75))(logits, NOTHING)
    assert kept.isfinite().tolist() == [[True, True, False, False]] * 3


def test_a_ngram_rule_that_leaves_nothing_says_so():
    history = History(torch.tensor([[2, 0, 1]]), torch.ones(1, 3, dtype=torch.bool), n_new=2)
    with pytest.raises(ConfigError) as error:
        build_rules(SamplingConfig(no_repeat_ngram=1))(torch.zeros(1, 3), history)
    assert str(error.value) == (
        "no_repeat_ngram: 1 leaves no token to go on with after 2 new tokens. "
        "Set a larger no_repeat_ngram or a smaller max_new_tokens."
    )
