"""What is exported can be converted for CTranslate2, and is decoded there to the same tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from quatrain import interop
from quatrain.data.config import TokenizerConfig
from quatrain.data.tokenizers import Tokenizer
from quatrain.generate import TranslationConfig, translate
from quatrain.models import EncoderDecoderConfig
from quatrain.models.translators import TRANSLATORS
from quatrain.runs import RunFolder

ctranslate2 = pytest.importorskip("ctranslate2", reason="pip install ctranslate2 to convert for it")

MakeRun = Callable[[EncoderDecoderConfig], RunFolder]
TEXTS = ["A little sheep jumps", "nobody laughs at all, not one", "over", "the green fence"]
MOST = 15


@pytest.fixture
def converted(make_run: MakeRun, tmp_path: Path) -> Callable[[str], tuple[RunFolder, Path, Path]]:
    """A run of a preset with a byte-level BPE tokenizer, its export, and that for CTranslate2."""

    def convert(name: str) -> tuple[RunFolder, Path, Path]:
        tokenizer = Tokenizer.train([". ".join(TEXTS)] * 20, TokenizerConfig(name="bpe", vocab_size=290))
        run = make_run(TRANSLATORS[name](tokenizer.vocab_size, None, 24, 2, 3, 40))
        tokenizer.save(run.path / "tokenizer.json")
        out, for_ct2 = tmp_path / "out", tmp_path / "ct2"
        interop.export_folder(run, out, lambda line: None)
        ctranslate2.converters.TransformersConverter(str(out)).convert(str(for_ct2))
        return run, out, for_ct2

    return convert


@pytest.mark.parametrize(("beam_size", "length_penalty"), [(1, 0.0), (4, 1.0)], ids=["greedy", "beam"])
@pytest.mark.parametrize("name", ["translator", "marian", "t5"])
def test_ctranslate2_writes_the_same_tokens(
    name: str, beam_size: int, length_penalty: float, converted: Callable[[str], tuple[RunFolder, Path, Path]]
) -> None:
    run, out, for_ct2 = converted(name)
    tokenizer, theirs = run.load_tokenizer(), AutoTokenizer.from_pretrained(out)
    sources = [theirs.convert_ids_to_tokens(theirs(text).input_ids) for text in TEXTS]
    answers = ctranslate2.Translator(str(for_ct2), compute_type="float32", intra_threads=1).translate_batch(
        sources, beam_size=beam_size, length_penalty=length_penalty, max_decoding_length=MOST
    )
    config = TranslationConfig(beam_size=beam_size, length_penalty=length_penalty, penalty="power", max_new_tokens=MOST)
    found = translate(run.load_model(), [tokenizer.encode(text) for text in TEXTS], tokenizer, config)
    for answer, (translation,) in zip(answers, found, strict=True):
        mine = [token for token in translation.tokens if token != tokenizer.eos_id]
        assert theirs.convert_tokens_to_ids(answer.hypotheses[0]) == mine
