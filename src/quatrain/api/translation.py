"""A trained translator in its folder."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import torch

from quatrain.api._words import Say, others_of, result_lines
from quatrain.api.given import text_given, texts_given
from quatrain.api.run import Run
from quatrain.api.vectors import Embedded, embedded
from quatrain.config import override
from quatrain.data import NOT_TEXT, PairData, Pairs, PairsConfig, Tokenizer, encode_pairs, open_pairs
from quatrain.data.pairs.vocabulary import SOURCE_TOKENIZER
from quatrain.errors import ConfigError, DataError, suggest
from quatrain.generate import Translation, TranslationConfig, Untranslatable, translate_texts
from quatrain.models import ConditionalModel
from quatrain.training.objectives import score_pairs

N_SAMPLES, N_DRAFTS = 8, 2
"""Pairs of the validation part that a person is shown in the end, and on the way."""
SHOWN_WORDS = 14
"""Longest source that is shown, in words, where there are enough of them."""
AT_ONCE = 1024
"""Lines translated before the first is given out."""
NO_TEXT = Untranslatable("the line is not UTF-8: save the file as UTF-8.")


class TranslationRun(Run):
    """A model that writes a target from a source."""

    task: ClassVar[str] = "translate"
    scoring: ClassVar[tuple[str, ...]] = ("beam_size", "length_penalty", "lowercase")

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer of the target."""
        return self.folder.load_tokenizer()

    @cached_property
    def src_tokenizer(self) -> Tokenizer:
        """The tokenizer of the source; where both sides share a vocabulary, that of the target."""
        has_own = (self.folder.path / SOURCE_TOKENIZER).exists()
        return self.folder.load_tokenizer(SOURCE_TOKENIZER) if has_own else self.tokenizer

    def translate(self, text: str, **decoding: Any) -> str:
        """The best translation of a text; the settings are those of `TranslationConfig` (beam_size, n, ...).

        Raises:
            DataError: it is no text, or one that the model cannot read: too long, or with an unknown character.
        """
        (answer,) = self.translations([text_given(text)], TranslationConfig(**decoding))
        if isinstance(answer, Untranslatable):
            raise DataError(answer.reason)
        return answer[0].text

    def embed(self, *examples: Any) -> list[Embedded]:
        """Vectors of the tokens of sources, as the targets read them, and one of each source.

        Several may be given as one list, too.

        Raises:
            DataError: a source is empty, too long, or has a character the tokenizer does not know.
        """
        model, tokenizer, found = self.model, self.src_tokenizer, []
        for text in texts_given(examples):
            tokens = [*tokenizer.encode(text), tokenizer.eos_id]
            is_text = [True] * (len(tokens) - 1) + [False]
            found.append(
                embedded(
                    lambda rows: model.encode(rows.to(self.device)).vectors,
                    tokenizer,
                    tokens,
                    is_text,
                    model.max_src_len,
                )
            )
        return found

    def translations(
        self, texts: Sequence[str], decoding: TranslationConfig, say: Say | None = None
    ) -> list[list[Translation] | Untranslatable]:
        """Each text's translations, best first, or why it has none: as many answers as texts, in their order."""
        return translate_texts(self.model, self.src_tokenizer, self.tokenizer, texts, decoding, say=say)

    def translated_lines(
        self, lines: Iterable[str], decoding: TranslationConfig, at_once: int = AT_ONCE
    ) -> Iterator[tuple[str, list[Translation] | Untranslatable]]:
        """Each line with its translations, in order; so many are read before the first is given out."""
        rest = iter(lines)
        while some := list(islice(rest, at_once)):
            for line, answer in zip(some, self.translations(some, decoding), strict=True):
                yield line, NO_TEXT if NOT_TEXT in line else answer

    def line_json(
        self, line: str, answer: list[Translation] | Untranslatable, *, align: bool = False
    ) -> dict[str, Any]:
        """The JSON object of a line of `quatrain translate`."""
        if isinstance(answer, Untranslatable):
            return {"source": line, "text": "", "tokens": [], "logprobs": [], "score": None, "failed": answer.reason}
        best, *_ = answer
        aligned = {"alignment": self.align(line, best.text)} if align and best.tokens else {}
        others = [dataclasses.asdict(translation) for translation in answer]
        return {"source": line, **others[0], **aligned, "translations": others, "failed": None}

    def align(self, source: str, target: str) -> dict[str, Any]:
        """What each token of a target reads of its source: `source` and `target` as token texts, `weights` (T, S).

        The weights are those of cross-attention, the mean over layers and heads; each row sums to 1. Row t is what is
        read in order to write token t; the last writes the end. What is longer than the model accepts is cut.

        Raises:
            ConfigError: the decoder does not choose what it reads.
        """
        src = [*self.src_tokenizer.encode(source), self.src_tokenizer.eos_id][: self.model.max_src_len]
        tgt = [*self.tokenizer.encode(target), self.tokenizer.eos_id][: self.model.max_seq_len]
        rows = (
            torch.tensor([src], device=self.device),
            torch.tensor([[self.tokenizer.eos_id, *tgt[:-1]]], device=self.device),
        )
        weights = self.model.alignments(*rows)[0].mean(dim=(0, 1))
        return {
            "source": [self.src_tokenizer.token_text(token) for token in src],
            "target": [self.tokenizer.token_text(token) for token in tgt],
            "weights": [[round(weight, 4) for weight in row] for row in weights.tolist()],
        }

    def evaluate(
        self,
        data: str | Path | None = None,
        *,
        part: str = "val",
        beam_size: int | None = None,
        length_penalty: float | None = None,
        lowercase: bool = False,
        settings: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Loss, BLEU and chrF with 95 % intervals, by length of the source, too.

        Args:
            data: other parallel text; None: the data of the run.
            part: train, val or a test part, of the run's data or of other data that has parts.
            beam_size: targets kept side by side; None: 5.
            length_penalty: how much longer targets are favoured; None: 0.6.
            lowercase: compare in lower case.
            settings: how other text is read, such as `data.target_path=FILE`.

        Raises:
            DataError: the text cannot be read, or is not what the run was trained on.
            ConfigError: there is no such part.
            RunError: the run keeps no recipe that says where its data was.
            MissingExtra: sacrebleu is not installed.
        """
        started = time.perf_counter()
        said = {"beam_size": beam_size, "length_penalty": length_penalty}
        decoding = TranslationConfig(**{name: value for name, value in said.items() if value is not None})
        parts = self._other(str(data), settings) if data is not None else self._own_data().parts
        score, _ = score_pairs(self.model, self._pick(parts, part), decoding, lowercase=lowercase)
        about = {**self._about(data, part, parts), "lowercase": lowercase}
        return {**about, **score.to_dict(), "seconds": time.perf_counter() - started}

    def score_lines(self, result: dict[str, Any]) -> list[str]:
        """BLEU, chrF and loss for a person."""
        return translation_lines(result)

    @classmethod
    def drafter(cls, data: PairData, seed: int) -> Callable[[ConditionalModel], str]:
        """Translates a few sentences of the validation part."""
        shown = _shown(data.val, N_DRAFTS)
        sources = [data.val.src_texts[row] for row in shown]

        def write(model: ConditionalModel) -> str:
            greedy = TranslationConfig(beam_size=1)
            answers = translate_texts(model, data.src_tokenizer, data.tokenizer, sources, greedy)
            return "\n".join(
                f"{source} → {'' if isinstance(answer, Untranslatable) else answer[0].text}"
                for source, answer in zip(sources, answers, strict=True)
            )

        return write

    def write_samples(self, data: PairData, seed: int) -> None:
        """Sentences of the validation part with their translation, its probabilities and its alignment."""
        shown = _shown(data.val, N_SAMPLES)
        answers = self.translations([data.val.src_texts[row] for row in shown], TranslationConfig())
        self._save_samples(
            self._sample(data.val.src_texts[row], data.val.tgt_texts[row], answer[0])
            for row, answer in zip(shown, answers, strict=True)
            if not isinstance(answer, Untranslatable)
        )

    def _sample(self, source: str, reference: str, translation: Translation) -> dict[str, Any]:
        tokens = [
            {"text": self.tokenizer.token_text(token), "logprob": logprob}
            for token, logprob in zip(translation.tokens, translation.logprobs, strict=True)
        ]
        try:
            alignment = self.align(source, translation.text)
        except ConfigError:  # a decoder that does not choose what it reads
            alignment = None
        return {
            "prompt": source, "text": translation.text, "reference": reference, "tokens": tokens,
            "alignment": alignment,
        }  # fmt: skip

    def summary(self) -> str:
        """What a person wants to know when training ends, and what to type next."""
        result, path, typed = self.result(), self.folder.path, self.folder.typed
        samples = [f"{sample['prompt']}\n→ {sample['text']}" for sample in self._samples()]
        return "\n".join(
            [
                *(f"\n{text}" for text in samples[:2]),
                "",
                *result_lines(result, translation_lines, _beside_lines),
                f"\nreport:    {path / 'report.html'}",
                f"go on:     quatrain translate {typed} FILE    quatrain evaluate {typed}",
            ]
        )

    def _pick(self, parts: dict[str, Pairs], part: str) -> Pairs:
        """One part; what is not divided is taken whole."""
        if set(parts) == {"train"}:
            return parts["train"]
        if part not in parts:
            raise ConfigError(f"--part {part}: this data has no such part. {suggest(part, parts)}")
        return parts[part]

    def _other(self, data: str, settings: Sequence[str]) -> dict[str, Pairs]:
        about_data = [setting.removeprefix("data.") for setting in settings]
        config = override(PairsConfig(path=data), about_data, where="data")
        return encode_pairs(config, (self.src_tokenizer, self.tokenizer))

    def _own_data(self) -> PairData:
        values = dict(self._recipe()["data"])
        values.pop("kind", None)
        asked = PairsConfig.from_dict(values, "data")
        return self._unchanged(open_pairs(asked), asked.path)


def translation_lines(score: dict[str, Any]) -> list[str]:
    """A score in two lines."""
    bleu, chrf, loss = (
        f"{low:.{digits}f} to {high:.{digits}f}"
        for (low, high), digits in ((score["bleu_interval"], 1), (score["chrf_interval"], 1), (score["interval"], 3))
    )
    return [
        f"BLEU {score['bleu']:.1f} (95 % interval {bleu}), chrF {score['chrf']:.1f} ({chrf}), "
        f"{score['exact']:.1%} exactly the reference, {score['n_sentences']:,} sentences; {score['signature']}",
        f"{score['loss']:.4f} nats per token with the true past given (95 % interval {loss}), "
        f"perplexity {score['perplexity']:,.2f}, {score['n_targets']:,} tokens scored",
    ]


def _beside_lines(score: dict[str, Any]) -> Iterator[str]:
    """The translation memory beside it."""
    for other in others_of(score)[:1]:
        yield f"beside it, the {other['name']}: BLEU {other['bleu']:.1f}, chrF {other['chrf']:.1f}"


def _shown(part: Pairs, n: int) -> list[int]:
    """Rows spread over a part, of sources short enough to be read at a glance where there are enough of them."""
    short = [row for row, text in enumerate(part.src_texts) if len(text.split()) <= SHOWN_WORDS]
    rows = short if len(short) >= n else list(range(len(part)))
    return [rows[i * len(rows) // n] for i in range(min(n, len(rows)))]
