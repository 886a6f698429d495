"""A trained language model in its folder."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from quatrain.api._words import Say, beside, result_lines, score_line
from quatrain.api.given import text_given, texts_given
from quatrain.api.run import Run
from quatrain.api.vectors import Embedded, embed_framed
from quatrain.config import read_toml
from quatrain.data import Corpus, DataConfig, TextData, Tokenizer, encode_text, open_text
from quatrain.data.framing import Framing
from quatrain.errors import ConfigError, DataError, RunError, suggest
from quatrain.generate import Generation, SamplingConfig
from quatrain.generate import generate as generate_texts
from quatrain.generate import stream as stream_text
from quatrain.models import CausalLM, NGramConfig, SequenceModel
from quatrain.training import Request, data_config, evaluate
from quatrain.training.baselines.ngram import count_ngram

PARTS = ("train", "val", "test")


class LanguageRun(Run):
    """A model that continues text."""

    task: ClassVar[str] = "language"
    scoring: ClassVar[tuple[str, ...]] = ("context", "stride")

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer."""
        return self.folder.load_tokenizer()

    def generate(self, prompt: str = "", **sampling: Any) -> str:
        """Text after a prompt; the settings are those of `SamplingConfig` (temperature, top_k, seed, ...)."""
        return self.generations(prompt, SamplingConfig(**sampling))[0].text

    def generations(self, prompt: str, sampling: SamplingConfig, say: Say | None = None) -> list[Generation]:
        """`sampling.n` texts with their tokens and log-probabilities.

        Raises:
            DataError: the prompt is no text, or has a character the tokenizer does not know.
        """
        return generate_texts(self.model, self.tokenizer, [text_given(prompt)], sampling, say=say)[0]

    def stream(self, prompt: str, sampling: SamplingConfig, say: Say | None = None) -> Iterator[str]:
        """One text, piece by piece as it is made."""
        return stream_text(self.model, self.tokenizer, text_given(prompt), sampling, say=say)

    def evaluate(
        self,
        data: str | Path | None = None,
        *,
        part: str = "val",
        context: int | None = None,
        stride: int | None = None,
        settings: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Score every token of a part once.

        Args:
            data: other text; None: the data of the run.
            part: train, val or test of the run's data.
            context: tokens in a window; None: what the model accepts.
            stride: tokens a window advances; None: half the context.
            settings: how other text is read, such as `data.encoding=latin-1`.

        Raises:
            DataError: the text cannot be read, or is not what the run was trained on.
            ConfigError: there is no such part.
            RunError: the run keeps no recipe that says where its data was.
        """
        started = time.perf_counter()
        corpus = self._other_text(str(data), settings) if data is not None else self._own_part(part)
        score, _ = evaluate(self.model, corpus, context=context, stride=stride)
        about = self._about(data, part)
        baseline = self._baseline(corpus)
        return {**about, **score.to_dict(), "baseline": baseline, "seconds": time.perf_counter() - started}

    def embed(self, *examples: Any) -> list[Embedded]:
        """Vectors of the tokens of texts, each of which knows the ones before it, and one of each text.

        Several may be given as one list, too.

        Raises:
            RunError: the model is no stack of blocks.
            DataError: a text is empty, too long, or has a character the tokenizer does not know.
        """
        model = self.model
        if not isinstance(model, CausalLM):
            raise RunError(f"{self.folder.path}: an n-gram and the like have no context-aware vectors.")
        framing = Framing(self.tokenizer)
        return [
            embed_framed(lambda rows, _: model.features(rows.to(self.device)), framing, text, model.max_seq_len)
            for text in texts_given(examples)
        ]

    def generate_json(self, prompt: str, sampling: SamplingConfig, started: float) -> dict[str, Any]:
        """The JSON object of `quatrain generate`."""
        texts = [dataclasses.asdict(generation) for generation in self.generations(prompt, sampling)]
        about = {"run": str(self.folder.path), "task": "language", "prompt": prompt}
        return {**about, **texts[0], "generations": texts, "seconds": time.perf_counter() - started}

    def logprob_lines(self, prompt: str, sampling: SamplingConfig) -> Iterator[str]:
        """Every token with its log-probability, a line each; a blank line between texts."""
        for generation in self.generations(prompt, sampling):
            tokens = [*generation.prompt_tokens, *generation.tokens]
            logprobs = [*generation.prompt_logprobs, *generation.logprobs]
            for token, logprob in zip(tokens, logprobs, strict=True):
                number = "         " if logprob is None else f"{logprob:9.4f}"
                yield f"{number}  {self.tokenizer.token_text(token)!r}"
            yield ""

    def _other_text(self, data: str, settings: Sequence[str]) -> Corpus:
        return encode_text(data_config(Request(data=data, settings=tuple(settings))), self.tokenizer)

    def _own_part(self, part: str) -> Corpus:
        if part not in PARTS:
            raise ConfigError(f"--part {part}: unknown. {suggest(part, PARTS)}")
        found: Corpus | None = getattr(self._own_data(), part)
        if found is None:
            raise ConfigError(f"--part {part}: this data has no such part. Try --part val.")
        return found

    def _own_data(self) -> TextData:
        asked = DataConfig.from_dict(self._recipe()["data"], "data")
        return self._unchanged(open_text(asked), asked.path)

    def _baseline(self, corpus: Corpus) -> dict[str, Any] | None:
        """The score of the n-gram of the same training text; None where that text cannot be had any more."""
        try:
            data = self._own_data()
        except (DataError, RunError):
            return None
        order = read_toml(self.folder.recipe_path).get("baseline_order")
        if order == 0 or isinstance(self.folder.model_config(), NGramConfig):
            return None
        return count_ngram(data.tokenizer, data.train, order).on(corpus).to_dict()

    def score_lines(self, result: dict[str, Any]) -> list[str]:
        """The loss, and the n-gram's beside it."""
        baseline = result["baseline"]
        beside_it = [f"beside it, the {baseline['name']}: {baseline['loss']:.4f} nats per token"] if baseline else []
        return [score_line(result), *beside_it]

    @classmethod
    def drafter(cls, data: TextData, seed: int) -> Callable[[SequenceModel], str]:
        """Writes a text of its own."""
        sampling = SamplingConfig(max_new_tokens=_sample_length(data.tokenizer), temperature=0.8, seed=seed)

        def write(model: SequenceModel) -> str:
            return generate_texts(model, data.tokenizer, [""], sampling)[0][0].text

        return write

    def write_samples(self, data: TextData, seed: int) -> None:
        """Three texts with the probability of every token."""
        length = _sample_length(self.tokenizer)
        sampling = SamplingConfig(max_new_tokens=length, temperature=0.8, n=3, seed=seed)
        self._save_samples(
            {
                "prompt": "",
                "text": generation.text,
                "tokens": [
                    {"text": self.tokenizer.token_text(token), "logprob": logprob}
                    for token, logprob in zip(generation.tokens, generation.logprobs, strict=True)
                ],
            }
            for generation in self.generations("", sampling)
        )

    def summary(self) -> str:
        """What a person wants to know when training ends, and what to type next."""
        result, path, typed = self.result(), self.folder.path, self.folder.typed
        samples = [sample["text"] for sample in self._samples()]
        return "\n".join(
            [
                *(f"\n{text.strip()}\n" for text in samples[:1]),
                *result_lines(result, lambda score: [score_line(score)], lambda score: [beside(score)]),
                f"\nreport:    {path / 'report.html'}",
                f'go on:     quatrain generate {typed} "..."    quatrain evaluate {typed}',
                "your own:  quatrain train FILE_OR_FOLDER --for 10m",
            ]
        )


def _sample_length(tokenizer: Tokenizer) -> int:
    return 300 if tokenizer.name in {"char", "byte"} else 80
