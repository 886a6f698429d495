"""Imported encoder-decoders write what `generate` of `transformers` writes, greedily and by beams."""

from __future__ import annotations

import pytest
import torch

from quatrain.data.tokenizers import Tokenizer
from quatrain.generate import TranslationConfig, translate

from .conftest import Save
from .pairs import PAIR_VARIANTS
from .test_pair_parity import both

MOST = 12
SOURCES = [[3, 9, 4, 4, 17], [8], [21, 2, 30, 5, 5, 5, 11, 12]]


@pytest.mark.parametrize(
    ("beam_size", "length_penalty"), [(1, 1.0), (4, 1.0), (5, 0.4), (5, 2.0)], ids=["greedy", "4", "5-short", "5-long"]
)
@pytest.mark.parametrize("variant", PAIR_VARIANTS)
def test_texts_are_those_of_generate(variant: str, beam_size: int, length_penalty: float, save: Save) -> None:
    folder = save(variant)
    ours, theirs = both(folder)
    tokenizer = Tokenizer.load(folder / "target" / "tokenizer.json")
    config = TranslationConfig(beam_size=beam_size, length_penalty=length_penalty, penalty="power", max_new_tokens=MOST)
    found = translate(ours, SOURCES, tokenizer, config)

    longest = max(map(len, SOURCES)) + 1
    src = torch.tensor([[*source, 0, *[0] * (longest - 1 - len(source))] for source in SOURCES])
    mask = torch.tensor([[1] * (len(source) + 1) + [0] * (longest - 1 - len(source)) for source in SOURCES])
    expected = theirs.generate(
        input_ids=src,
        attention_mask=mask,
        num_beams=beam_size,
        length_penalty=length_penalty,
        early_stopping=False,
        do_sample=False,
        max_new_tokens=MOST,
        forced_eos_token_id=None,
        use_cache=False,  # theirs has as many layers as a T5 has in its encoder
    )
    for row, (translation,) in zip(expected[:, 1:].tolist(), found, strict=True):
        written = row[: row.index(0) + 1] if 0 in row else row
        assert list(translation.tokens) == written
