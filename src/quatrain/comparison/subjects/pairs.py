"""Parallel text as a subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, ClassVar

import numpy as np

from quatrain.comparison.subjects._base import Subject, notch_of
from quatrain.data import PairData, PairsConfig
from quatrain.errors import ConfigError
from quatrain.models import ModelConfig
from quatrain.models.presets import PRESETS, SEQUENCE_MIXERS, WITHOUT_BLOCKS, fitting_heads
from quatrain.models.translators import TRANSLATORS, translator_of
from quatrain.training.optim import OptimConfig
from quatrain.training.planning.translation import OPTIMISER, TRANSLATION_SIZES

BLOCK = 256
"""Neighbouring targets, of several pairs, whose losses count as one observation."""
SEQ_LEN, UPDATE_TOKENS = 128, 2048
"""Tokens of the longest side that is learned from, and of the longer sides of an update, padding included."""
READING_NOTHING = ("ngram", *PRESETS, *WITHOUT_BLOCKS)
"""Words for models that read no source."""


@dataclass(frozen=True)
class PairSubject(Subject):
    """Parallel text: nats per token of the targets of the validation part, their sources and true pasts given."""

    usual: ClassVar[tuple[str, ...]] = (
        "translator", "transformer-base", "lstm-attention", "lstm-bottleneck", "conv", "hyena",
    )  # fmt: skip
    yardstick: ClassVar[str] = "translator"
    scores: ClassVar[tuple[str, ...]] = ("bleu", "chrf", "exact")

    config: PairsConfig
    data: PairData

    objective = "translate"
    seq_len = SEQ_LEN
    batch_size = UPDATE_TOKENS // SEQ_LEN
    grow = 1
    block = BLOCK
    higher_is_better = False

    @property
    def optim(self) -> OptimConfig:
        """As a translator is trained alone."""
        return OPTIMISER

    def architecture(self, word: str, d_model: int, n_layers: int, seq_len: int) -> ModelConfig:
        """A preset, or the blocks of `translator` around a mixer or a hybrid; accepts every pair that is scored.

        Raises:
            ConfigError: nothing is called that, or it reads no source.
        """
        if word in READING_NOTHING:
            raise ConfigError(
                f"{word}: reads no source, so it is no translator. On parallel text you may compare "
                f"{', '.join((*TRANSLATORS, *SEQUENCE_MIXERS))}, and hybrids joined by +."
            )
        tokenizer, src_tokenizer, val = self.data.tokenizer, self.data.src_tokenizer, self.data.val
        longest = max(seq_len, *map(int, (val.src_lengths.max(), val.tgt_lengths.max())))
        src_vocab_size = None if src_tokenizer is tokenizer else src_tokenizer.vocab_size
        preset = translator_of(word)
        return preset(tokenizer.vocab_size, src_vocab_size, d_model, n_layers, fitting_heads(d_model), longest)

    def reference(self, size: str, seconds: float | None) -> tuple[int, int]:
        """Of the notch; without a time the smallest."""
        notch = notch_of(TRANSLATION_SIZES, size, seconds)
        return notch.d_model, notch.n_layers

    def row(self, seq_len: int) -> tuple[int, ...]:
        """Mean lengths of the targets and of the sources that are learned from."""
        train, learned = self.data.train, self._learned(seq_len)
        return tuple(round(float(lengths[learned].mean())) for lengths in (train.tgt_lengths, train.src_lengths))

    def flops(self, model: Any, seq_len: int) -> int:
        """Of a token of the target, over an average pair."""
        row = self.row(seq_len)
        return int(3 * model.flops(*row) // row[0])

    def targets_per_update(self, batch_size: int, seq_len: int) -> float:
        """All targets that are learned from, over the updates of an epoch."""
        n_targets = int(self.data.train.tgt_lengths[self._learned(seq_len)].sum())
        batches = self.data.train.batches(seed=0, batch_size=batch_size, seq_len=seq_len)
        return n_targets / batches.batches_per_epoch

    def about(self, seq_len: int) -> dict[str, Any]:
        """Sides, split, tokenizer, and what was too long to be learned from."""
        data, tokenizer = self.data, self.data.tokenizer
        source, target = data.sides
        return {
            "kind": "pairs",
            "name": data.name,
            "title": f"{target} from {source}, {data.name} ({tokenizer.name}, {tokenizer.vocab_size:,} tokens)",
            "split": f"{data.split} {data.left_out(seq_len)}".strip(),
            "sides": [source, target],
            "metric": "loss",
            "unit": "nats per target token",
            "better": "lower",
            "chance": None,
            "vocab_size": tokenizer.vocab_size,
            "seq_len": seq_len,
            "n_items": data.val.n_targets,
            "items": "target tokens",
            "natural": [],
            "reason": None,
        }

    def remembered(self, model: Any, lengths: Sequence[int]) -> dict[str, Any]:
        """Of pairs whose two sides are of one length; how far back is not known."""
        return {
            "reach": None,
            "state_bytes": {str(length): model.state_size(length, length) for length in lengths},
        }

    def beside(self, outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Means over seeds: BLEU, chrF, the share of exact translations; and BLEU and chrF by length of the source."""
        bands = zip(*(outcome["by_length"] for outcome in outcomes), strict=True)
        return super().beside(outcomes) | {
            "by_length": [
                band[0] | {name: fmean(part[name] for part in band) for name in ("bleu", "chrf")} for band in bands
            ],
        }

    def _learned(self, seq_len: int) -> np.ndarray:
        """Which pairs of the training part are short enough."""
        train = self.data.train
        short: np.ndarray = np.maximum(train.src_lengths, train.tgt_lengths) <= seq_len
        return short
