"""Translating: every source gets what it would get alone, the best that there is, and none is lost."""

from __future__ import annotations

import itertools
import math
import random

import pytest
import torch
from torch import Tensor

from quatrain.errors import ConfigError, DataError, QuatrainError, ShapeError
from quatrain.generate.ranking import gnmt, power
from quatrain.generate.translation import (
    TranslationConfig,
    Untranslatable,
    translate,
    translate_texts,
)
from quatrain.layers.tap import Tap
from quatrain.models import EncoderDecoder
from quatrain.models.translators import translator_of

from .toys import Letters

VOCAB = Letters.vocab_size


class Strict(Letters):
    """Letters that refuse what they do not know, as a tokenizer does."""

    def encode(self, text):
        for letter in text:
            if letter not in self.alphabet:
                raise DataError(f"character {letter!r} is not in the vocabulary.")
        return super().encode(text)


def built(word: str = "transformer-base", sharpness: float = 1.5, **changes) -> EncoderDecoder:
    """A tiny model, sharp enough that targets differ, and some end early."""
    torch.manual_seed(0)
    model = translator_of(word)(VOCAB, VOCAB, 16, 2, 2, 24).replace(**changes).build().double().eval()
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.mul_(sharpness)
    return model


def sources_of(n: int, longest: int = 9, seed: int = 0) -> list[list[int]]:
    draws = random.Random(seed)
    return [[draws.randrange(1, VOCAB) for _ in range(draws.randint(1, longest))] for _ in range(n)]


def next_logprobs(model: EncoderDecoder, source: list[int], target: tuple[int, ...]) -> Tensor:
    """Log-probabilities of the token after a target, read whole, by itself."""
    with torch.inference_mode():
        return model(torch.tensor([[*source, 0]]), torch.tensor([[0, *target]]))[0, -1].log_softmax(-1)


def plain_search(model, source, beam_size, penalty, max_new_tokens):
    """Beam search for one source with lists, reading every target afresh at each step."""
    beams, ended = [((), 0.0)], []
    for length in range(1, max_new_tokens + 1):
        every = [
            ((*target, token), score + logprob)
            for target, score in beams
            for token, logprob in enumerate(next_logprobs(model, source, target).tolist())
        ]
        best = sorted(every, key=lambda one: -one[1])[: 2 * beam_size]
        is_last = length == max_new_tokens
        ended += [(target, score / penalty(length)) for target, score in best[:beam_size] if is_last or target[-1] == 0]
        ended = sorted(ended, key=lambda one: -one[1])[:beam_size]
        beams = [(target, score) for target, score in best if not (is_last or target[-1] == 0)][:beam_size]
        if not beams or (len(ended) == beam_size and beams[0][1] / penalty(length) <= ended[-1][1]):
            break
    return ended


@pytest.mark.parametrize("word", ["transformer-base", "translator", "t5", "lstm-attention", "lstm-bottleneck", "gru"])
@pytest.mark.parametrize("beam_size", [1, 4])
def test_the_search_finds_what_a_plain_one_finds(word, beam_size):
    model, sources = built(word), sources_of(5)
    config = TranslationConfig(beam_size=beam_size, n=beam_size, max_new_tokens=7, length_penalty=0.8)
    for source, targets in zip(sources, translate(model, sources, Letters(), config), strict=True):
        expected = plain_search(model, source, beam_size, gnmt(0.8), 7)
        assert [target.tokens for target in targets] == [tokens for tokens, _ in expected]
        assert [target.score for target in targets] == pytest.approx([score for _, score in expected], abs=1e-12)


@pytest.mark.parametrize("penalty", ["gnmt", "power"])
def test_a_beam_as_wide_as_all_targets_finds_the_best_of_them(penalty):
    torch.manual_seed(3)
    model = translator_of("transformer-base")(4, VOCAB, 8, 1, 2, 24).build().double().eval()
    letters, source = Letters(), [3, 1, 4]
    letters.vocab_size = 4
    divisor = {"gnmt": gnmt, "power": power}[penalty](0.7)
    ranked = {}
    for tokens in itertools.product(range(4), repeat=4):
        target = tokens[: tokens.index(0) + 1] if 0 in tokens else tokens
        logprob = sum(float(next_logprobs(model, source, target[:i])[token]) for i, token in enumerate(target))
        ranked[target] = logprob / divisor(len(target))
    best = sorted(ranked.items(), key=lambda item: -item[1])[:6]
    config = TranslationConfig(beam_size=200, n=6, max_new_tokens=4, length_penalty=0.7, penalty=penalty)
    [targets] = translate(model, [source], letters, config)
    assert [target.tokens for target in targets] == [tokens for tokens, _ in best]
    assert [target.score for target in targets] == pytest.approx([score for _, score in best], abs=1e-12)


def unread(model, source, target):
    """The sum of Wu et al. 2016, eq. 14, in loops, without its weight."""
    weights = model.alignments(torch.tensor([[*source, 0]]), torch.tensor([[0, *target[:-1]]]))[0]
    layers, heads, n_targets, n_sources = weights.shape
    total = 0.0
    for i in range(n_sources):
        read = 0.0
        for j in range(n_targets):
            read += sum(float(weights[a, b, j, i]) for a in range(layers) for b in range(heads)) / (layers * heads)
        total += math.log(min(read, 1.0))
    return total


@pytest.mark.parametrize("word", ["transformer-base", "lstm-attention"])
def test_a_coverage_penalty_ranks_by_what_was_read(word):
    model, sources = built(word), sources_of(6)
    config = TranslationConfig(beam_size=4, n=4, max_new_tokens=6, length_penalty=0.6)
    covered = translate(model, sources, Letters(), config.replace(coverage_penalty=0.3))
    for source, targets in zip(sources, covered, strict=True):
        for target in targets:
            score = sum(target.logprobs) / gnmt(0.6)(len(target.tokens)) + 0.3 * unread(model, source, target.tokens)
            assert target.score == pytest.approx(score, abs=1e-9)
        assert [t.score for t in targets] == sorted((t.score for t in targets), reverse=True)
    assert covered != translate(model, sources, Letters(), config)
    with torch.no_grad():
        assert not any(tap.is_heard for tap in model.modules() if isinstance(tap, Tap))


def test_a_coverage_penalty_changes_nothing_for_the_others_in_the_batch():
    model, sources = built(), sources_of(8)
    config = TranslationConfig(beam_size=3, coverage_penalty=0.5, max_new_tokens=8)
    for source, [ours] in zip(sources, translate(model, sources, Letters(), config), strict=True):
        [[alone]] = translate(model, [source], Letters(), config)
        assert ours.tokens == alone.tokens
        assert ours.score == pytest.approx(alone.score, abs=1e-12)


def test_a_model_without_attention_has_no_coverage():
    config = TranslationConfig(coverage_penalty=0.2)
    with pytest.raises(ConfigError, match="coverage_penalty: this model does not read its source by attention"):
        translate(built("lstm-bottleneck"), [[1, 2]], Letters(), config)


@pytest.mark.parametrize(
    "config",
    [
        TranslationConfig(beam_size=1),
        TranslationConfig(beam_size=4, n=3),
        TranslationConfig(beam_size=3, n=2, length_penalty=0, max_new_tokens=5),
        TranslationConfig(temperature=1.0, n=2, seed=1),
        TranslationConfig(temperature=1.5, top_k=4, top_p=0.9, seed=2),
    ],
    ids=["greedy", "beam", "short", "drawn", "drawn by rules"],
)
@pytest.mark.parametrize("word", ["translator", "t5", "lstm-attention"])
def test_a_batch_of_sources_equals_one_by_one(word, config):
    model, sources = built(word), sources_of(12)
    together = translate(model, sources, Letters(), config.replace(batch_tokens=120))
    at_once = translate(model, sources, Letters(), config)
    for source, ours, same in zip(sources, together, at_once, strict=True):
        [alone] = translate(model, [source], Letters(), config)
        for one, other, third in zip(ours, alone, same, strict=True):
            assert (one.text, one.tokens, one.finish_reason) == (other.text, other.tokens, other.finish_reason)
            assert (one.text, one.tokens, one.finish_reason) == (third.text, third.tokens, third.finish_reason)
            assert one.logprobs == pytest.approx(other.logprobs, abs=1e-12)
            assert one.score == pytest.approx(other.score, abs=1e-12)


@pytest.mark.parametrize("settings", [{"beam_size": 3, "n": 3}, {"temperature": 0.8, "n": 2, "seed": 0}], ids=str)
def test_logprobs_are_the_models_own_in_nats_and_the_score_follows_from_them(settings):
    model, [source] = built(), sources_of(1, seed=4)
    config = TranslationConfig(length_penalty=0.9, max_new_tokens=9, **settings)
    [targets] = translate(model, [source], Letters(), config)
    for target in targets:
        scores = [float(next_logprobs(model, source, target.tokens[:i])[t]) for i, t in enumerate(target.tokens)]
        assert target.logprobs == pytest.approx(scores, abs=1e-12)
        assert target.score == pytest.approx(sum(scores) / ((5 + len(scores)) / 6) ** 0.9, abs=1e-12)
        assert (target.finish_reason == "end") == (target.tokens[-1] == 0)
        assert target.text == Letters().decode(target.tokens)


def test_targets_end_by_themselves_and_by_length():
    reasons = {t.finish_reason for of in translate(built(), sources_of(30), Letters(), TranslationConfig()) for t in of}
    assert reasons == {"end", "length"}


def test_a_target_is_at_most_fifty_tokens_longer_than_its_source_and_no_longer_than_the_model_reads():
    never = built(max_seq_len=None, max_src_len=None)
    never.lm_head.bias = torch.nn.Parameter(torch.zeros(VOCAB, dtype=torch.float64))
    with torch.no_grad():
        never.lm_head.bias[0] = -1e9
    config = TranslationConfig(beam_size=2)
    lengths = [len(t.tokens) for [t] in translate(never, [[1], [2, 3, 4]], Letters(), config)]
    assert lengths == [51, 53]
    never.max_seq_len = 24
    assert [len(t.tokens) for [t] in translate(never, [[1], [2, 3, 4]], Letters(), config)] == [24, 24]


def test_the_same_seed_draws_the_same_and_another_does_not():
    model, sources = built(sharpness=0.7), sources_of(6)
    first, again, other = (
        [t.tokens for [t] in translate(model, sources, Letters(), TranslationConfig(temperature=1.0, seed=seed))]
        for seed in (1, 1, 2)
    )
    assert first == again != other


def test_every_line_has_its_answer_in_its_place():
    model, config = built(), TranslationConfig(beam_size=2)
    texts = ["abc", "", "xyz", "  ", "k" * 24, "k" * 23, "abc"]
    answers = translate_texts(model, Strict(), Letters(), texts, config)
    assert len(answers) == len(texts)
    [[alone]] = translate(model, [[1, 2, 3]], Letters(), config)
    assert answers[0][0].tokens == answers[6][0].tokens == alone.tokens
    for empty in (answers[1], answers[3]):
        [translation] = empty
        assert (translation.text, translation.tokens, translation.finish_reason) == ("", (), "end")
    assert answers[2] == Untranslatable("character 'x' is not in the vocabulary.")
    assert isinstance(answers[4], Untranslatable)
    assert answers[4].reason.startswith("the text has 24 tokens and this model reads 23: cut it into sentences")
    assert answers[5][0].tokens


def test_nothing_to_translate_is_nothing():
    assert translate(built(), [], Letters(), TranslationConfig()) == []
    assert translate_texts(built(), Strict(), Letters(), [], TranslationConfig()) == []
    assert len(translate_texts(built(), Strict(), Letters(), ["", "?"], TranslationConfig())) == 2


def test_a_source_that_is_too_long_is_refused_by_the_model():
    with pytest.raises(ShapeError, match="max_src_len=24"):
        translate(built(), [[1] * 24], Letters(), TranslationConfig())


def test_logits_that_are_no_numbers_are_said():
    model = built()
    with torch.no_grad():
        model.lm_head.weight[3] = math.nan
    with pytest.raises(QuatrainError, match="logits are not numbers"):
        translate(model, [[1, 2]], Letters(), TranslationConfig())


def test_dropout_is_off_while_translating_and_on_again_afterwards():
    model, sources = built().train(), sources_of(3)
    config = TranslationConfig(beam_size=2)
    first, second = (translate(model, sources, Letters(), config) for _ in range(2))
    assert first == second
    assert model.training
    assert all(part.training for part in model.modules())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"beam_size": 0}, r"beam_size: must be 1 \(always the likeliest token\) or more, got 0."),
        ({"n": 6}, r"n: a search that keeps beam_size=5 targets cannot return n=6. Set beam_size=6 or more."),
        ({"coverage_penalty": 0.1, "temperature": 1.0}, "coverage_penalty: only a search ranks by what was read."),
        ({"n": 0}, "n: must be 1 or more, got 0."),
        ({"max_new_tokens": 0}, "max_new_tokens: must be 1 or more, got 0."),
        ({"temperature": -1.0}, r"temperature: must be 0 \(nothing is drawn\) or more, got -1.0."),
        ({"top_k": 5}, "top_k: temperature=0 draws nothing. Set temperature above 0, or leave top_k out."),
        ({"top_p": 1.5, "temperature": 1.0}, "top_p: must be above 0 and at most 1, got 1.5."),
        ({"batch_tokens": 0}, "batch_tokens: must be 1 or more, got 0."),
    ],
    ids=str,
)
def test_a_wrong_setting_is_told(settings, message):
    with pytest.raises(ConfigError, match=message):
        TranslationConfig(**settings)
