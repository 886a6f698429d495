import itertools

import pytest
import torch

from quatrain.generate.config import SamplingConfig
from quatrain.generate.decode import generate

from .toys import Bigram, FromTransformers, Leaky, Letters, always

PROMPTS = ["ab", "", "cdefgabl"]


def theirs(gpt2, ids, token_mask=None, **settings):
    """Tokens up to the first that ends a text, and the score, of each text transformers returns."""
    out = gpt2.generate(
        ids, attention_mask=token_mask, do_sample=False, early_stopping=False, pad_token_id=0,
        return_dict_in_generate=True, output_scores=True, **settings,
    )  # fmt: skip
    texts = []
    for row in out.sequences[:, ids.shape[1] :].tolist():
        length = row.index(0) + 1 if 0 in row else len(row)
        texts.append(tuple(row[:length]))
    return texts, out.sequences_scores.tolist()


def assert_same(ours, texts, scores):
    assert [text.tokens for text in ours] == texts
    assert [text.score for text in ours] == pytest.approx(scores, rel=1e-5)


@pytest.mark.parametrize("max_new_tokens", [1, 18])
@pytest.mark.parametrize("length_penalty", [1.0, 0.0, 2.5, -1.0])
@pytest.mark.parametrize("beam_size", [2, 3, 6])
def test_beam_search_finds_what_transformers_finds(gpt2, beam_size, length_penalty, max_new_tokens):
    config = SamplingConfig(
        beam_size=beam_size, n=beam_size, length_penalty=length_penalty, max_new_tokens=max_new_tokens
    )
    ours = generate(FromTransformers(gpt2), Letters(), PROMPTS, config)
    for prompt, of_prompt in zip(PROMPTS, ours, strict=True):
        ids = torch.tensor([[0, *Letters().encode(prompt)]])
        texts, scores = theirs(
            gpt2, ids, num_beams=beam_size, num_return_sequences=beam_size, length_penalty=length_penalty,
            max_new_tokens=max_new_tokens,
        )  # fmt: skip
        assert_same(of_prompt, texts, scores)
    if (max_new_tokens, length_penalty) == (18, 1.0):
        reasons = {text.finish_reason for of_prompt in ours for text in of_prompt}
        assert reasons == {"end", "length"}  # both ways out are compared


@pytest.mark.parametrize("seed", range(6))
def test_beam_search_finds_what_transformers_finds_in_a_batch_of_other_models(seed):
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(seed)
    shape = {
        "vocab_size": 13,
        "n_positions": 32,
        "n_embd": 8,
        "n_layer": 1,
        "n_head": 2,
        "bos_token_id": 0,
        "eos_token_id": 0,
    }
    other = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(**shape, initializer_range=0.2 + 0.1 * seed, tie_word_embeddings=False)
    ).eval()
    config = SamplingConfig(beam_size=4, n=3, max_new_tokens=12, length_penalty=0.7)
    ours = generate(FromTransformers(other), Letters(), PROMPTS, config)
    rows = [[0, *Letters().encode(prompt)] for prompt in PROMPTS]
    longest = max(map(len, rows))
    ids = torch.tensor([[0] * (longest - len(row)) + row for row in rows])
    token_mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
    texts, scores = theirs(
        other, ids, token_mask, num_beams=4, num_return_sequences=3, length_penalty=0.7, max_new_tokens=12
    )
    for i, of_prompt in enumerate(ours):
        assert_same(of_prompt, texts[3 * i : 3 * i + 3], scores[3 * i : 3 * i + 3])


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        ({"repetition_penalty": 1.5}, {"repetition_penalty": 1.5}),
        ({"no_repeat_ngram": 2}, {"no_repeat_ngram_size": 2}),
    ],
    ids=["repetition_penalty", "no_repeat_ngram"],
)
def test_rules_act_on_beams_as_in_transformers(gpt2, values, settings):
    config = SamplingConfig(beam_size=3, n=3, max_new_tokens=15, **values)
    ours = generate(FromTransformers(gpt2), Letters(), PROMPTS, config)
    for prompt, of_prompt in zip(PROMPTS, ours, strict=True):
        ids = torch.tensor([[0, *Letters().encode(prompt)]])
        assert_same(of_prompt, *theirs(gpt2, ids, num_beams=3, num_return_sequences=3, max_new_tokens=15, **settings))


def test_a_beam_as_wide_as_all_texts_finds_the_likeliest_of_them():
    table = 2 * torch.randn(4, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    logprobs = table.log_softmax(-1)
    best = {}
    for tokens in itertools.product(range(4), repeat=4):
        length = tokens.index(0) + 1 if 0 in tokens else 4
        path = (1, *tokens[:length])
        best[path[1:]] = sum(float(logprobs[a, b]) for a, b in itertools.pairwise(path))
    expected = sorted(best.items(), key=lambda item: -item[1])[:4]  # the fifth and the sixth are equally likely

    config = SamplingConfig(beam_size=200, n=4, max_new_tokens=4, length_penalty=0.0)
    letters = Letters()
    letters.vocab_size = 4
    [texts] = generate(Bigram(table), letters, ["a"], config)
    assert [text.tokens for text in texts] == [tokens for tokens, _ in expected]
    assert [text.score for text in texts] == pytest.approx([score for _, score in expected])


def test_the_score_is_what_the_tokens_sum_to():
    config = SamplingConfig(beam_size=3, n=3, max_new_tokens=9, length_penalty=1.5)
    [texts] = generate(Leaky(sharpness=1.0), Letters(), ["ab"], config)
    assert [text.score for text in texts] == pytest.approx([sum(t.logprobs) / len(t.tokens) ** 1.5 for t in texts])
    assert texts[0].score >= texts[1].score >= texts[2].score


def test_beam_search_ends_before_a_stop_string():
    model = always(2, 3, 4, 5, 0, vocab_size=13, start=1)
    config = SamplingConfig(beam_size=2, stop=("cd",), max_new_tokens=6)
    [[text]] = generate(model, Letters(), ["a"], config)
    assert (text.text, text.tokens, text.finish_reason) == ("b", (2, 3, 4), "stop")


def test_there_are_no_more_texts_than_exist():
    letters = Letters()
    letters.vocab_size = 2
    config = SamplingConfig(beam_size=4, n=4, max_new_tokens=1)
    [texts] = generate(Bigram(torch.zeros(2, 2)), letters, ["a"], config)
    assert sorted(text.tokens for text in texts) == [(0,), (1,)]
    assert sorted(text.finish_reason for text in texts) == ["end", "length"]
