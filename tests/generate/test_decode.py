import math

import pytest
import torch

from quatrain.errors import QuatrainError, ShapeError
from quatrain.generate.config import SamplingConfig
from quatrain.generate.decode import generate

from .toys import Bigram, Bytes, FromTransformers, Leaky, Letters, Words, always

PROMPTS = ["ab", "", "cdefgabl", "k", "aaa"]


def tokens_of(texts):
    return [[generation.tokens for generation in of_prompt] for of_prompt in texts]


@pytest.mark.parametrize(
    ("values", "theirs"),
    [
        ({}, {}),
        ({"repetition_penalty": 1.4}, {"repetition_penalty": 1.4}),
        ({"no_repeat_ngram": 2}, {"no_repeat_ngram_size": 2}),
    ],
    ids=str,
)
def test_greedy_writes_what_transformers_writes(gpt2, values, theirs):
    config = SamplingConfig(temperature=0.0, max_new_tokens=20, **values)
    ours = generate(FromTransformers(gpt2), Letters(), PROMPTS, config)
    lengths = set()
    for prompt, [ours_of_prompt] in zip(PROMPTS, ours, strict=True):
        ids = torch.tensor([[0, *Letters().encode(prompt)]])
        out = gpt2.generate(ids, do_sample=False, max_new_tokens=20, pad_token_id=0, **theirs)
        assert ours_of_prompt.tokens == tuple(out[0, ids.shape[1] :].tolist())
        lengths.add(len(ours_of_prompt.tokens))
    assert values or len(lengths) > 1  # some texts end early


@pytest.mark.parametrize(
    "config",
    [
        SamplingConfig(temperature=0.0, max_new_tokens=12),
        SamplingConfig(seed=4, max_new_tokens=12),
        SamplingConfig(seed=5, max_new_tokens=30, n=3, temperature=1.5, top_p=0.9, stop=("ab", "c")),
        SamplingConfig(seed=6, max_new_tokens=12, n=2, repetition_penalty=1.3, frequency_penalty=0.2, top_k=6),
        SamplingConfig(seed=7, max_new_tokens=9, no_repeat_ngram=2, min_p=0.05),
        SamplingConfig(max_new_tokens=12, beam_size=3, n=2),
    ],
    ids=["greedy", "sampled", "stopped", "penalised", "ngram", "beam"],
)
@pytest.mark.parametrize("bound", [None, 8, 3, 1], ids=lambda bound: f"bound={bound}")
def test_a_batch_of_prompts_equals_one_by_one(config, bound):
    model = Leaky(max_seq_len=bound, sharpness=0.5)
    together = generate(model, Letters(), PROMPTS, config)
    for prompt, ours in zip(PROMPTS, together, strict=True):
        [alone] = generate(model, Letters(), [prompt], config)
        for one, other in zip(ours, alone, strict=True):
            assert (one.text, one.tokens, one.finish_reason) == (other.text, other.tokens, other.finish_reason)
            assert one.prompt_tokens == other.prompt_tokens
            assert one.logprobs == pytest.approx(other.logprobs, abs=1e-12)


def test_a_batch_of_prompts_equals_one_by_one_in_a_transformer(gpt2):
    config = SamplingConfig(seed=4, max_new_tokens=12, n=2)
    together = generate(FromTransformers(gpt2), Letters(), PROMPTS, config)
    alone = [generate(FromTransformers(gpt2), Letters(), [prompt], config)[0] for prompt in PROMPTS]
    assert tokens_of(together) == tokens_of(alone)


def test_the_same_seed_writes_the_same_and_another_does_not():
    first, second, third = (
        tokens_of(generate(Leaky(sharpness=0.3), Letters(), ["ab"], SamplingConfig(seed=seed, max_new_tokens=9)))
        for seed in (1, 1, 2)
    )
    assert first == second != third


def test_more_tokens_begin_as_fewer_do():
    texts = [
        generate(Leaky(sharpness=0.3), Letters(), ["ab"], SamplingConfig(seed=1, max_new_tokens=n))[0][0].tokens
        for n in (5, 21)
    ]
    assert texts[1][:5] == texts[0]


def test_without_a_seed_every_call_draws_afresh():
    model = Bigram(torch.zeros(13, 13))
    config = SamplingConfig(max_new_tokens=40)
    one, other = (generate(model, Letters(), ["ab"], config)[0][0].tokens for _ in range(2))
    assert one != other


def test_the_texts_of_one_prompt_differ():
    config = SamplingConfig(seed=1, n=4, max_new_tokens=40)
    [texts] = generate(Bigram(torch.zeros(13, 13)), Letters(), ["ab"], config)
    assert len({text.tokens for text in texts}) == 4


def test_drawn_tokens_follow_the_distribution_after_the_rules():
    probabilities = torch.tensor([0.5, 0.25, 0.15, 0.07, 0.03, *[1e-9] * 8], dtype=torch.float64)
    model = Bigram(probabilities.log().expand(13, 13))
    config = SamplingConfig(seed=0, n=4000, max_new_tokens=1, top_k=4, temperature=0.5)
    [texts] = generate(model, Letters(), [""], config)
    counts = torch.tensor([text.tokens[0] for text in texts]).bincount(minlength=13)
    assert counts[4:].sum() == 0
    expected = 4000 * (probabilities[:4] ** 2) / (probabilities[:4] ** 2).sum()
    chi_squared = ((counts[:4] - expected) ** 2 / expected).sum()
    assert chi_squared < 16.3  # 99.9 % of draws with 3 degrees of freedom


def test_logprobs_are_the_models_own_before_the_rules():
    model = Leaky()
    config = SamplingConfig(seed=3, temperature=0.7, top_k=3, repetition_penalty=1.5, max_new_tokens=8)
    [[text]] = generate(model, Letters(), ["abca"], config)
    ids = torch.tensor([[*text.prompt_tokens, *text.tokens]])
    scores = model.eval()(ids[:, :-1]).log_softmax(-1).gather(-1, ids[:, 1:, None])[0, :, 0].tolist()
    assert text.prompt_tokens == (0, 1, 2, 3, 1)
    assert text.prompt_logprobs[0] is None
    assert [*text.prompt_logprobs[1:], *text.logprobs] == pytest.approx(scores, abs=1e-12)


def test_a_prompt_can_be_scored_without_writing():
    for config in (SamplingConfig(max_new_tokens=0), SamplingConfig(max_new_tokens=0, beam_size=2)):
        [[text]] = generate(Bigram(torch.zeros(13, 13)), Letters(), ["ab"], config)
        assert (text.text, text.tokens, text.logprobs, text.finish_reason) == ("", (), (), "length")
        assert text.prompt_logprobs == (None, *[pytest.approx(-math.log(13))] * 2)


def test_the_end_of_text_token_ends_a_text_and_is_not_shown():
    [[text]] = generate(always(2, 3, 0, vocab_size=13, start=1), Letters(), ["a"], SamplingConfig(temperature=0.0))
    assert (text.text, text.tokens, text.finish_reason) == ("bc", (2, 3, 0), "end")
    assert text.logprobs == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)


def test_an_empty_prompt_starts_a_document():
    model = always(5, 6, 0, vocab_size=13, start=Letters.eos_id)
    [[text]] = generate(model, Letters(), [""], SamplingConfig(temperature=0.0))
    assert (text.text, text.prompt_tokens, text.prompt_logprobs) == ("ef", (0,), (None,))


def test_a_text_ends_before_its_first_stop_string():
    model = always(2, 3, 4, 5, 6, 0, vocab_size=13, start=1)
    config = SamplingConfig(temperature=0.0, stop=("ef", "de", "x"))
    [[text]] = generate(model, Letters(), ["a"], config)
    assert (text.text, text.tokens, text.finish_reason) == ("bc", (2, 3, 4, 5), "stop")


def test_a_stop_string_in_the_prompt_stops_nothing():
    model = always(2, 3, 0, vocab_size=13, start=1)
    [[text]] = generate(model, Letters(), ["ba"], SamplingConfig(temperature=0.0, stop=("ab", "ba")))
    assert (text.text, text.finish_reason) == ("bc", "end")


def test_a_text_that_is_cut_says_length():
    model = always(2, 3, 4, vocab_size=13, start=1)
    [[text]] = generate(model, Letters(), ["a"], SamplingConfig(temperature=0.0, max_new_tokens=2))
    assert (text.text, text.finish_reason) == ("bc", "length")


def test_prompt_and_text_read_as_one_where_words_are_tokens():
    model = always(2, 3, 4, 0, vocab_size=5, start=1)
    [[text]] = generate(model, Words(), ["the"], SamplingConfig(temperature=0.0))
    assert "the" + text.text == "the cat sat down"


def test_the_prompt_is_read_once_whatever_the_number_of_texts():
    model = Leaky()
    [texts] = generate(model, Letters(), ["abc"], SamplingConfig(n=5, max_new_tokens=1))
    assert len(texts) == 5
    assert model.n_calls == 1


def test_a_token_is_read_once_where_there_is_no_bound():
    model = always(2, 3, 4, 5, 0, vocab_size=13, start=1)
    seen = []
    advance = model.advance
    model.advance = lambda tokens, *rest: (seen.append(tokens.shape[1]), advance(tokens, *rest))[1]
    generate(model, Letters(), ["cba"], SamplingConfig(temperature=0.0))
    assert seen == [4, 1, 1, 1, 1]


@pytest.mark.parametrize("bound", [1, 2, 5, 8])
def test_a_full_context_goes_on_from_its_last_half(bound):
    model, said = Leaky(max_seq_len=bound), []
    config = SamplingConfig(temperature=0.0, max_new_tokens=25, presence_penalty=3.0)
    [[text]] = generate(model, Letters(), ["ab"], config, say=said.append)

    reference, written = Leaky(), [0, 1, 2][-max(1, bound - 1) :]
    window, n_prompt = list(written), len(written)
    for token in text.tokens:
        logits = reference.eval()(torch.tensor([window]))[0, -1].clone()
        logits[list(set(written[n_prompt:]))] -= 3.0
        assert token == int(logits.argmax())
        written.append(token)
        window.append(token)
        if len(window) > bound:
            window = written[-max(1, bound // 2) :]
    full = [line for line in said if "full" in line]
    assert full == [
        f"The model's context of {bound} tokens is full: each time, it forgets all but the last "
        f"{max(1, bound // 2)} tokens and goes on from there."
    ]


def test_a_prompt_longer_than_the_context_keeps_its_end():
    said = []
    config = SamplingConfig(temperature=0.0, max_new_tokens=1)
    [[text], [short]] = generate(Leaky(max_seq_len=6), Letters(), ["abcdefgh", "abcd"], config, say=said.append)
    assert said == ["A prompt has 9 tokens and this model reads 6: only the last 5 are used."]
    assert text.prompt_tokens == (4, 5, 6, 7, 8)
    assert text.prompt_logprobs[0] is None
    assert short.prompt_tokens == (0, 1, 2, 3, 4)
    assert text.tokens[0] == int(Leaky().eval()(torch.tensor([[4, 5, 6, 7, 8]]))[0, -1].argmax())


def test_nothing_is_said_while_everything_fits():
    said = []
    generate(Leaky(max_seq_len=6), Letters(), ["abc"], SamplingConfig(max_new_tokens=3), say=said.append)
    assert said == []


def test_generation_is_without_dropout_and_leaves_the_model_as_it_was():
    model = Leaky()
    model.frozen = torch.nn.Dropout().eval()
    config = SamplingConfig(temperature=0.0, max_new_tokens=6)
    while_training = generate(model, Letters(), ["ab"], config)
    assert (model.training, model.dropout.training, model.frozen.training) == (True, True, False)
    assert while_training == generate(model.eval(), Letters(), ["ab"], config)
    assert not model.training


def test_no_prompts_give_no_texts():
    assert generate(Leaky(), Letters(), [], SamplingConfig()) == []


def test_logits_that_are_not_numbers_are_refused():
    with pytest.raises(QuatrainError, match=r"logits are not numbers \(NaN\).*use an earlier checkpoint"):
        generate(Bigram(torch.full((13, 13), math.nan)), Letters(), ["a"], SamplingConfig())


def test_a_tokenizer_larger_than_the_model_is_refused():
    with pytest.raises(ShapeError, match="tokenizer knows 257 tokens and the model 13: they do not belong together"):
        generate(Leaky(), Bytes(), ["a"], SamplingConfig())
