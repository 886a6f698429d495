"""Texts a model reads side by side: what it was given, what it remembers, what it expects next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from quatrain.errors import QuatrainError, ShapeError
from quatrain.generate.generation import Tokenizer
from quatrain.generate.rules import History
from quatrain.models._base import SequenceModel
from quatrain.ops.state import State, compact, select_rows

Say = Callable[[str], None]
"""Takes a sentence meant for the person, such as that a prompt was shortened."""


class Reading:
    """A batch of prompts and what was written after them, in one model.

    A model with a bound remembers at most `max_seq_len` positions. When they are used up, a fresh state reads
    the last `max_seq_len // 2` tokens (at least one) of every row that is itself full, and of the other rows
    all that they had read: no row depends on those beside it.

    Raises:
        QuatrainError: the model's logits are not numbers.
    """

    tokens: Int[Tensor, "batch seq"]
    """Prompts and new tokens, padded on the left."""
    logits: Float[Tensor, "batch vocab"]
    """Of the token after each row, in float32 or wider; after an append, not yet known to be numbers."""

    def __init__(
        self,
        model: SequenceModel,
        prompts: Sequence[Sequence[int]],
        *,
        device: torch.device | str | None = None,
        say: Say | None = None,
    ) -> None:
        self._model, self._say = model, say
        self._state: State = None
        self._n_read = 0  # positions in the state, padding too
        self.n_new = 0
        """Tokens appended to each row."""
        longest = max(map(len, prompts))
        n_padding = [longest - len(prompt) for prompt in prompts]
        rows = [[0] * n + list(prompt) for n, prompt in zip(n_padding, prompts, strict=True)]
        self.tokens = torch.tensor(rows, device=device_of(model) if device is None else device)
        self._n_padding = torch.tensor(n_padding, device=self.tokens.device)
        self._first = self._n_padding  # (B,): the column from which the state has read each row
        logits = self._read_afresh()  # (B, T, V)
        self.prompt_logprobs = _prompt_logprobs(logits, self.tokens, prompts)
        """For each row, the log-probability in nats of each token of its prompt; None for the first."""

    @property
    def history(self) -> History:
        """What the rules look at."""
        columns = torch.arange(self.tokens.shape[1], device=self.tokens.device)
        return History(self.tokens, columns >= self._n_padding[:, None], self.n_new)

    @property
    def new_tokens(self) -> Int[Tensor, "batch new"]:
        """What was appended to each row."""
        return self.tokens[:, self.tokens.shape[1] - self.n_new :]

    def append(self, tokens: Int[Tensor, " batch"], rows: Int[Tensor, " batch"] | None = None) -> None:
        """Read one new token in each row; with `rows`, after these: reordered, repeated or dropped."""
        if rows is not None and not _is_all(rows, len(self.tokens)):
            self._select(rows)
        self.tokens = torch.cat([self.tokens, tokens[:, None]], dim=1)
        self.n_new += 1
        max_seq_len = self._model.max_seq_len
        if max_seq_len is not None and self._n_read == max_seq_len:
            self._forget(max_seq_len)
            self._read_afresh()
            return
        logits, self._state = self._model.advance(tokens[:, None], self._state)
        self._n_read += 1
        self.logits = _widened(logits[:, -1])

    def select(self, rows: Int[Tensor, " rows"]) -> None:
        """Go on with these rows: reordered, repeated or dropped."""
        self._select(rows)
        self.logits = self.logits[rows]

    def _select(self, rows: Tensor) -> None:
        self.tokens, self._n_padding, self._first, state = select_rows(
            (self.tokens, self._n_padding, self._first, self._state), rows
        )
        self._state = compact(state)

    def _forget(self, max_seq_len: int) -> None:
        """Shorten what is read of the rows that are full."""
        n_tokens, n_kept = self.tokens.shape[1], max(1, max_seq_len // 2)
        is_full = n_tokens - self._first > max_seq_len
        self._first = torch.where(is_full, n_tokens - n_kept, self._first)
        if self._say is not None and bool(is_full.any()):
            self._say(
                f"The model's context of {max_seq_len} tokens is full: each time, it forgets all but the last "
                f"{n_kept} tokens and goes on from there."
            )
            self._say = None

    def _read_afresh(self) -> Float[Tensor, "batch seq vocab"]:
        """Read every row from its first column into a fresh state."""
        n_rows, n_tokens = self.tokens.shape
        start = int(self._first.min())
        token_mask = torch.arange(start, n_tokens, device=self.tokens.device) >= self._first[:, None]
        logits, self._state = self._model.advance(
            self.tokens[:, start:],
            self._model.init_state(n_rows),
            None if bool(token_mask.all()) else token_mask,
        )
        self._n_read = n_tokens - start
        self.logits = _widened(logits[:, -1])
        need_numbers(self.logits)
        return logits


def encode_prompts(
    model: SequenceModel, tokenizer: Tokenizer, prompts: Sequence[str], say: Say | None = None
) -> list[list[int]]:
    """Prompts as a corpus has documents: the end-of-text token, then the tokens of the text.

    Of a prompt with more than `max_seq_len - 1` tokens, that one included, only the last `max_seq_len - 1` (at
    least one) are kept, so that one new token fits; `say` is told once.

    Raises:
        ShapeError: the tokenizer knows more tokens than the model.
        DataError: a prompt has characters the tokenizer does not know.
    """
    if tokenizer.vocab_size > model.vocab_size:
        raise ShapeError(
            f"The tokenizer knows {tokenizer.vocab_size} tokens and the model {model.vocab_size}: they do not "
            "belong together. Use the tokenizer the model was trained with."
        )
    encoded = [[tokenizer.eos_id, *tokenizer.encode(prompt)] for prompt in prompts]
    if model.max_seq_len is None:
        return encoded
    n_kept = max(1, model.max_seq_len - 1)
    longest = max(map(len, encoded), default=0)
    if longest > n_kept and say is not None:
        say(f"A prompt has {longest} tokens and this model reads {model.max_seq_len}: only the last {n_kept} are used.")
    return [prompt[-n_kept:] for prompt in encoded]


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Without dropout inside the block; every part is left as it was found."""
    training = [part for part in model.modules() if part.training]
    model.eval()
    try:
        yield
    finally:
        for part in training:
            part.training = True


def device_of(model: nn.Module) -> torch.device:
    """Where its weights are."""
    tensor = next(chain(model.parameters(), model.buffers()), None)
    return torch.device("cpu") if tensor is None else tensor.device


def _prompt_logprobs(
    logits: Tensor, tokens: Tensor, prompts: Sequence[Sequence[int]]
) -> list[tuple[float | None, ...]]:
    """Of each token of each left-padded row, given those before it; None for the first."""
    scores = logprobs_of(logits[:, :-1], tokens[:, 1:]).tolist()
    return [(None, *row[len(row) + 1 - len(prompt) :]) for row, prompt in zip(scores, prompts, strict=True)]


def logprobs_of(logits: Float[Tensor, "*batch vocab"], tokens: Int[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """Log-probability in nats of each token under its logits."""
    logits = _widened(logits)
    return logits.gather(-1, tokens[..., None]).squeeze(-1) - logits.logsumexp(-1)


def _is_all(rows: Tensor, n: int) -> bool:
    return len(rows) == n and torch.equal(rows, torch.arange(n, device=rows.device))


def _widened(logits: Tensor) -> Tensor:
    return logits.to(torch.promote_types(logits.dtype, torch.float32))


def need_numbers(logits: Tensor) -> None:
    """Raises QuatrainError where logits, or what was made of them, are NaN."""
    if bool(logits.max().isnan()):  # which has passed on any NaN, in a fraction of the time of asking each
        raise QuatrainError(
            "The model's logits are not numbers (NaN), so there is nothing to write. Its weights are damaged "
            "or its training diverged: use an earlier checkpoint, or try float32 where it ran in float16."
        )
