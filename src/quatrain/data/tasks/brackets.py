"""Nested brackets of bounded depth: Yao, Peng, Papadimitriou and Narasimhan 2021, https://arxiv.org/abs/2105.11115."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar, NamedTuple, Self

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from pydantic import model_validator
from torch import Tensor

from quatrain.data.tasks._base import PAD, PAD_TEXT, Examples, Task, examples_of
from quatrain.models._base import IGNORE

START, END, OPEN = 1, 2, 3
"""Padding is 0; openers are OPEN to OPEN + k - 1, and the closers of the same types follow."""

DRAWN = ("()", "[]", "{}", "<>")
"""How the first types look; the others are numbered."""

SURE = 0.8
"""What the right closer must hold of the probability of all closers."""


class Dyck(Task):
    """Well-nested strings of k types of brackets with at most `depth` open at once, as a language to be modelled.

    Drawn as in the paper: with nothing open, the end or an opener, each with probability 1/2; at full depth the
    closer; else an opener or the closer, each with 1/2. The end is not drawn before `min_len`; strings longer
    than `max_len` are rejected (here: drawn from what rejection would leave, without rejecting).

    Graded is the closing accuracy: wherever a bracket is open, the closer of the innermost one must hold more
    than 0.8 of the probability that all closers have together. The paper's average is over positions, not
    strings: `task.right(examples, logits)[examples.graded]`.
    """

    kind: ClassVar[str] = "dyck"
    length_setting: ClassVar[str | None] = "max_len"
    title: ClassVar[str] = "Write well-nested brackets: at every open bracket, know which closer fits."
    metric: ClassVar[str] = "closing accuracy"
    natural: ClassVar[tuple[str, ...]] = ("transformer", "lstm", "gru")
    unable: ClassVar[tuple[str, ...]] = ("dan", "pool")
    reason: ClassVar[str] = (
        "Two layers of attention count the depth and find the last opener at it; a recurrent state holds a stack of "
        "bounded depth."
    )

    k: int = 2
    """Types of brackets."""
    depth: int = 3
    """Most brackets open at once."""
    min_len: int = 2
    """Brackets of the shortest string."""
    max_len: int = 60
    """Brackets of the longest string."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.k < 1:
            raise ValueError(f"k={self.k}: there must be at least one type of brackets.")
        if self.depth < 1:
            raise ValueError(f"depth={self.depth}: at least one bracket must be allowed to be open.")
        if self.min_len < 1:
            raise ValueError(f"min_len={self.min_len}: the empty string has nothing to close; give 1 or more.")
        if self.min_len > self.max_len:
            raise ValueError(f"min_len={self.min_len} is more than max_len={self.max_len}.")
        if self.max_len // 2 * 2 < self.min_len or self.max_len < 2:
            raise ValueError(
                f"min_len={self.min_len}, max_len={self.max_len}: brackets come in pairs, and no even length lies "
                f"between. Try max_len={self.max_len + 1}."
            )
        return self

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Padding, start, end, openers, closers."""
        types = [DRAWN[i] if i < len(DRAWN) else "()" for i in range(self.k)]
        number = ["" if i < len(DRAWN) else str(i + 1) for i in range(self.k)]
        brackets = (pair[side] + n for side in (0, 1) for pair, n in zip(types, number, strict=True))
        return (PAD_TEXT, "start", "end", *brackets)

    @property
    def seq_len(self) -> int:
        """The start and the longest string; its end is only an answer."""
        return self.max_len + 1

    def chance(self) -> float:
        """Always the same closer. (An even guess among several scores 0: none holds enough.)"""
        return 1 / self.k

    def draw(self, n: int, generator: np.random.Generator) -> Examples:
        """Every next token is a target; graded where a bracket is open."""
        walk = _walk(self.depth, self.min_len, self.max_len)
        chances = generator.random((n, self.max_len + 1))
        types = generator.integers(self.k, size=(n, self.max_len + 1))
        text = np.full((n, self.max_len + 2), PAD)
        text[:, 0] = START
        rows, depth, going = np.arange(n), np.zeros(n, dtype=np.int64), np.ones(n, dtype=bool)
        stack = np.zeros((n, self.depth + 1), dtype=np.int64)
        for t in range(self.max_len + 1):
            ends = going & (chances[:, t] < walk.ends[t, depth])
            going &= ~ends
            opens = going & (chances[:, t] < walk.ends_or_opens[t, depth])
            closes = going & ~opens
            text[ends, t + 1] = END
            text[closes, t + 1] = OPEN + self.k + stack[rows, depth][closes]
            text[opens, t + 1] = OPEN + types[opens, t]
            depth = depth + opens - closes
            stack[rows[opens], depth[opens]] = types[opens, t]
        tokens, targets = text[:, :-1], text[:, 1:]
        tokens, targets = np.where(tokens == END, PAD, tokens), np.where(targets == PAD, IGNORE, targets)
        innermost = self.innermost(torch.from_numpy(tokens)).numpy()
        return examples_of(tokens, targets, (innermost >= 0) & (targets != IGNORE))

    def right(self, examples: Examples, logits: Float[Tensor, "n seq vocab"]) -> Bool[Tensor, "n seq"]:
        """Where the closer of the innermost open bracket holds enough of what all closers have."""
        closers = logits[..., OPEN + self.k : OPEN + 2 * self.k].float().softmax(-1)
        innermost = self.innermost(examples.tokens)
        held = closers.gather(-1, innermost.clamp(min=0)[..., None])[..., 0]
        return (held > SURE) & (innermost >= 0)

    def innermost(self, tokens: Int[Tensor, "n seq"]) -> Int[Tensor, "n seq"]:
        """The type, from 0, of the last bracket still open after each token; -1 where none is."""
        is_open = (tokens >= OPEN) & (tokens < OPEN + self.k)
        is_close = tokens >= OPEN + self.k
        depth = (is_open.long() - is_close.long()).cumsum(1)
        position = torch.arange(tokens.shape[1], device=tokens.device)
        opener = torch.zeros_like(tokens)
        for level in range(1, int(depth.max()) + 1):
            last = torch.where(is_open & (depth == level), position, 0).cummax(1).values
            opener = torch.where(depth == level, last, opener)
        return torch.where(depth > 0, tokens.gather(1, opener) - OPEN, -1)


class _Walk(NamedTuple):
    """Probabilities of the next move, by brackets so far (0 to max_len) and depth."""

    ends: np.ndarray
    ends_or_opens: np.ndarray


@lru_cache(maxsize=8)
def _walk(depth: int, min_len: int, max_len: int) -> _Walk:
    """The paper's random walk, given that it ends in time.

    `reach[t, d]` is the probability that a walk at depth d after t brackets ends by `max_len`; each move of the
    free walk is weighted by the `reach` of where it leads. So nothing has to be rejected.
    """
    reach = np.zeros((max_len + 2, depth + 2))
    ends, opens = np.zeros((2, max_len + 1, depth + 1))
    for t in reversed(range(max_len + 1)):
        up, down = reach[t + 1, 1:], np.concatenate([[0.0], reach[t + 1, :depth]])
        stop = 0.5 if t >= min_len else 0.0
        ends[t, 0] = stop
        opens[t] = 0.5 * up
        opens[t, 0] = (1 - stop) * up[0]
        closes = 0.5 * down
        closes[depth] = down[depth]
        reach[t, : depth + 1] = ends[t] + opens[t] + closes
    total = np.where(reach[:-1, :-1] > 0, reach[:-1, :-1], 1.0)
    return _Walk(ends / total, (ends + opens) / total)
