"""A trained masked language model in its folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from quatrain.api._words import result_lines
from quatrain.api.given import texts_given
from quatrain.api.run import Prediction, Run
from quatrain.api.vectors import Embedded, embed_framed, reads_with
from quatrain.config import override
from quatrain.data import MaskedConfig, MaskedData, MaskedPart, encode_masked, open_masked, read_lines
from quatrain.data.framing import Framing
from quatrain.errors import ConfigError, DataError, suggest
from quatrain.generate.filling import Filled, HiddenText, fill, hide
from quatrain.models import IGNORE, MaskedLM
from quatrain.training.objectives import count_neighbours, score_masked, scored_len

N_SAMPLES, N_DRAFTS = 6, 1
"""Rows of the validation part that a person is shown in the end, and on the way."""
SHOWN = 40
"""Tokens of a row that is shown, the frame included."""


class MaskedRun(Run):
    """A model that tells hidden tokens, and gives vectors."""

    task: ClassVar[str] = "masked"
    scoring: ClassVar[tuple[str, ...]] = ("context",)

    @cached_property
    def framing(self) -> Framing:
        """How it frames texts."""
        return Framing(self.folder.load_tokenizer())

    def predict(self, *examples: Any, best: int = 5, **options: Any) -> list[Filled]:
        """What stands in the places of texts that [MASK] (or <mask>) hides.

        Args:
            examples: texts with one hidden place or more, each by itself or in one list.
            best: how many tokens are given for each place, the likeliest first.
        Raises:
            DataError: a text hides nothing, is too long, or has a character the tokenizer does not know.
        """
        return [self._fill(text, best) for text in texts_given(examples)]

    def predictions(self, files: Sequence[str], **options: Any) -> Iterator[Prediction]:
        """The same for the lines of files, `-` being stdin.

        Raises:
            DataError: a file cannot be read.
        """
        for file in files:
            for line in read_lines(file):
                try:
                    yield self._fill(line, **options)
                except DataError as error:
                    yield Filled(line, line, (), str(error))

    def embed(self, *examples: Any) -> list[Embedded]:
        """Vectors of the tokens of texts, or pairs of them, each of which knows all the others, and one of each whole.

        Several may be given as one list, too; a tuple of two strings is a pair.

        Raises:
            DataError: a text is empty, too long, or has a character the tokenizer does not know.
        """
        read = reads_with(self.model.backbone, self.device)
        given = texts_given(examples, None)
        return [embed_framed(read, self.framing, example, self.model.max_seq_len) for example in given]

    def evaluate(
        self,
        data: str | Path | None = None,
        *,
        part: str = "val",
        context: int | None = None,
        settings: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Tell hidden tokens of a part, the same ones for every model, and which pairs of texts follow.

        Args:
            data: other text; None: the data of the run.
            part: train, val or a test part of the run's data.
            context: tokens of a row; None: 128, or what the model reads where that is less.
            settings: how other text is read, such as `data.encoding=latin-1`.

        Raises:
            DataError: the text cannot be read, or is not what the run was trained on.
            ConfigError: there is no such part, or the model reads fewer tokens than `context`.
            RunError: the run keeps no recipe that says where its data was.
        """
        started = time.perf_counter()
        bound = self.model.max_seq_len
        if context is not None and bound is not None and context > bound:
            raise ConfigError(f"--context {context}: the model reads {bound} tokens. Give --context {bound} or less.")
        own = None if data is not None else self._own_data()
        chosen = self._pick(own, part) if own is not None else self._other(str(data), settings)
        context = context or scored_len(self.model)
        score, _ = score_masked(self.model, chosen, context=context)
        baseline = None if own is None else count_neighbours(own, context).on(chosen).to_dict()
        about = self._about(data, part)
        return {**about, **score.to_dict(), "baseline": baseline, "seconds": time.perf_counter() - started}

    def score_lines(self, result: dict[str, Any]) -> list[str]:
        """Loss and accuracy, pairs, and the baseline beside them."""
        return masked_lines(result)

    @classmethod
    def drafter(cls, data: MaskedData, seed: int) -> Callable[[MaskedLM], str]:
        """A row of the validation part with what is hidden, and what the model thinks."""

        def write(model: MaskedLM) -> str:
            shown = _shown(data.val, N_DRAFTS, model.max_seq_len)
            return "\n".join(str(fill(model, data.setting.framing, hidden, 1)) for hidden in shown)

        return write

    def write_samples(self, data: MaskedData, seed: int) -> None:
        """Rows of the validation part with what was hidden, and what the model thinks of each place."""
        self._save_samples(self._sample(hidden) for hidden in _shown(data.val, N_SAMPLES, self.model.max_seq_len))

    def _sample(self, hidden: HiddenText) -> dict[str, Any]:
        filled = fill(self.model, self.framing, hidden, 5).to_dict()
        answers = [self.framing.tokenizer.token_text(token) for token in hidden.answers or ()]
        return filled | {"answers": answers}

    def summary(self) -> str:
        """What a person wants to know when training ends, and what to type next."""
        result, path, typed = self.result(), self.folder.path, self.folder.typed
        samples = [f"{sample['prompt']}\n→ {sample['text']}" for sample in self._samples()]
        mask = self.framing.tokenizer.token_text(self.framing.mask_id)
        return "\n".join(
            [
                *(f"\n{text}" for text in samples[:2]),
                "",
                *result_lines(result, masked_lines, lambda score: ()),
                f"\nreport:    {path / 'report.html'}",
                f'go on:     echo "The {mask} of the world." | quatrain predict {typed}    quatrain evaluate {typed}',
            ]
        )

    def _fill(self, text: str, best: int = 5) -> Filled:
        return fill(self.model, self.framing, hide(self.framing, text, self.model.max_seq_len), best)

    def _pick(self, data: MaskedData, part: str) -> MaskedPart:
        if part not in data.parts:
            raise ConfigError(f"--part {part}: this data has no such part. {suggest(part, data.parts)}")
        return data.parts[part]

    def _other(self, data: str, settings: Sequence[str]) -> MaskedPart:
        about_data = [setting.removeprefix("data.") for setting in settings]
        config = override(MaskedConfig(path=data), about_data, where="data")
        return encode_masked(
            config, self.framing.tokenizer, next_sentence=self.folder.model_config().to_dict()["next_sentence"]
        )

    def _own_data(self) -> MaskedData:
        values = dict(self._recipe()["data"])
        values.pop("kind", None)
        asked = MaskedConfig.from_dict(values, "data")
        return self._unchanged(open_masked(asked), asked.path)


def masked_lines(score: dict[str, Any]) -> list[str]:
    """A score in a few lines."""
    (low, high), (worst, most) = score["interval"], score["accuracy_interval"]
    lines = [
        f"{score['loss']:.4f} nats per hidden token (95 % interval {low:.4f} to {high:.4f}), perplexity "
        f"{score['perplexity']:,.2f}, {score['accuracy']:.1%} told ({worst:.1%} to {most:.1%}), "
        f"{score['n_targets']:,} hidden tokens"
    ]
    pairs, baseline = score.get("next_sentence"), score.get("baseline")
    if pairs:
        low, high = pairs["interval"]
        lines.append(
            f"whether a text follows: {pairs['accuracy']:.1%} told ({low:.1%} to {high:.1%}; chance "
            f"{pairs['chance']:.1%}), {pairs['n_pairs']:,} pairs"
        )
    if baseline:
        lines.append(
            f"beside it, the {baseline['name']}: {baseline['loss']:.4f} nats per hidden token, "
            f"{baseline['accuracy']:.1%} told"
        )
    return lines


def _shown(part: MaskedPart, n: int, max_seq_len: int | None) -> list[HiddenText]:
    """Short texts spread over a part, with what is hidden of them."""
    shown = []
    for batch in part.alone.scored(context=min(SHOWN, max_seq_len or SHOWN), n_rows=n):
        tokens, _, _, documents = batch.inputs
        assert tokens is not None, "rows have tokens"
        for row in range(batch.n_rows):
            is_first = documents[row] == 1 if documents is not None else tokens[row] >= 0
            places = ((batch.targets[row] != IGNORE) & is_first).nonzero().squeeze(1)
            answers = batch.targets[row][places]
            if len(places):
                shown.append(
                    HiddenText(tuple(tokens[row][is_first].tolist()), tuple(places.tolist()), tuple(answers.tolist()))
                )
    return shown
