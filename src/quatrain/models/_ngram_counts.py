"""What an n-gram model counts, one table an order: sorted keys, and integers beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

NOTHING = -1
"""Stands where no token, or no context, is known."""


class Counted(NamedTuple):
    """The grams of one order in a corpus."""

    contexts: np.ndarray
    """(C,) int64 sorted keys of what stands before the targets."""
    grams: np.ndarray
    """(G,) int64 sorted keys of contexts with their targets."""
    counts: np.ndarray
    """(G,) int64 adjusted counts, all above 0."""


class CountTable(nn.Module):
    """The grams of one order, looked up by binary search.

    A context is a pair: the index of its newer part in the next shorter order's table, and the one token
    before that. A gram is a pair too: the index of its context, and the word after it. A pair is packed into
    one key; the last key is above all others, so that every search ends inside the table.
    """

    contexts: Tensor  # (C + 1,) int64 keys
    totals: Tensor  # (C + 1,) int32 adjusted counts after a context, summed
    distinct: Tensor  # (C + 1, 3) int32 how many words follow with adjusted count 1, 2, and 3 or more
    grams: Tensor  # (G + 1,) int64 keys
    counts: Tensor  # (G + 1,) int32 adjusted counts
    counts_of_counts: Tensor  # (4,) int64 how many grams have adjusted count 1, 2, 3, 4

    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.base = vocab_size + 1
        for name in ("contexts", "totals", "distinct", "grams", "counts", "counts_of_counts"):
            self.register_buffer(name, torch.empty(0))
        none = np.empty(0, dtype=np.int64)
        self.fill(Counted(none, none, none))

    def fill(self, counted: Counted) -> None:
        """Hold these grams in place of any others."""
        contexts, grams, counts = counted
        context = grams // self.base  # (G,)
        totals = np.bincount(context, weights=counts, minlength=len(contexts))
        kinds = 3 * context + np.minimum(counts, 3) - 1
        distinct = np.bincount(kinds, minlength=3 * len(contexts)).reshape(-1, 3)
        above_all = np.iinfo(np.int64).max
        self._put("contexts", np.append(contexts, above_all))
        self._put("totals", np.append(totals, 1).astype(np.int32))
        self._put("distinct", np.append(distinct, [[0, 0, 0]], axis=0).astype(np.int32))
        self._put("grams", np.append(grams, above_all))
        self._put("counts", np.append(counts, 0).astype(np.int32))
        self._put("counts_of_counts", np.bincount(np.minimum(counts, 5), minlength=6)[1:5])

    def discounts(self) -> Tensor:
        """What is taken from a count of 0, 1, 2, and 3 or more: (4,) float64.

        Chen and Goodman 1999, eq. 26; the constants 0.5, 1, 1.5 where it fails: no gram has count 1, 2, 3 or 4
        (small alphabets and texts), or a discount is not above 0 and at most the count it is taken from (a
        discount of 0 could leave nothing for unseen words).
        """
        n1, n2, n3, n4 = self.counts_of_counts.tolist()
        found = usual = [0.0, 0.5, 1.0, 1.5]
        if n1 and n2 and n3 and n4:
            y = n1 / (n1 + 2 * n2)
            found = [0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]
        is_usable = all(0 < discount <= count for count, discount in enumerate(found[1:], start=1))
        return torch.tensor(found if is_usable else usual, dtype=torch.float64, device=self.counts.device)

    def find(self, newer: Tensor, older: Tensor) -> Tensor:
        """Index of the context made of a shorter one and the token before it; `NOTHING` if never seen."""
        keys = pair(newer, older, self.base)
        places = torch.searchsorted(self.contexts, keys)
        return torch.where(self.contexts[places] == keys, places, NOTHING)

    def share(self, context: Tensor, words: Tensor) -> Tensor:
        """What the discounted counts give each word after its context; 0 where the context is `NOTHING`."""
        keys = pair(context, words, self.base)
        places = torch.searchsorted(self.grams, keys)
        return self._share(torch.where(self.grams[places] == keys, self.counts[places], 0), context)

    def left_over(self, context: Tensor) -> Tensor:
        """What the discounts leave for the shorter order; 1, all of it, where the context is `NOTHING`."""
        taken = self.distinct[context].double() @ self.discounts()[1:]
        return torch.where(context == NOTHING, 1.0, taken / self.totals[context])

    def followers(self, context: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """All words seen after each context (P,): rows (F,) into `context`, the words (F,), their shares (F,)."""
        first = torch.searchsorted(self.grams, context * self.base)
        n_words = torch.searchsorted(self.grams, (context + 1) * self.base) - first
        rows = torch.arange(len(context), device=context.device).repeat_interleave(n_words)
        offsets = first - (n_words.cumsum(0) - n_words)
        places = torch.arange(len(rows), device=context.device) + offsets[rows]
        return rows, self.grams[places] % self.base - 1, self._share(self.counts[places], context[rows])

    def _share(self, counts: Tensor, context: Tensor) -> Tensor:
        return (counts - self.discounts()[counts.clamp(max=3)]).clamp(min=0) / self.totals[context]

    def _put(self, name: str, values: np.ndarray) -> None:
        setattr(self, name, torch.from_numpy(values).to(getattr(self, name).device))

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        """Take the sizes of what is loaded: they depend on the data."""
        for name, buffer in self.named_buffers():
            if prefix + name in state_dict:
                setattr(self, name, buffer.new_empty(state_dict[prefix + name].shape))
        super()._load_from_state_dict(state_dict, prefix, *args)


def pair(index: Any, token: Any, base: int) -> Any:
    """Keys of pairs (int64 tensors or arrays), in order of index; negative where the index is `NOTHING`."""
    return index * base + token + 1


def count_grams(
    columns: Iterable[np.ndarray],
    targets: np.ndarray,
    predicted: np.ndarray,
    *,
    vocab_size: int,
    start_token: int | None,
) -> Iterator[Counted]:
    """Count the grams of order 1, 2, ... that end at the predicted targets.

    The longest order counts how often a gram occurs. The others count after how many different tokens it
    does, the bare beginning of a document being one; but a gram that begins with the start token always
    follows the same thing and keeps its plain count.

    Args:
        columns: for orders 2, 3, ...: (N,) the token 1, 2, ... before each target; `NOTHING` where none is.
        targets: (N,) ids.
        predicted: (P,) indices of the targets that count.
        vocab_size: tokens known.
        start_token: id that starts documents, if there is one.
    """
    base = vocab_size + 1
    nowhere = np.full(len(predicted), NOTHING)
    tally = _Tally(np.zeros_like(predicted), nowhere, targets[predicted], base)
    for column in columns:
        known = column[predicted] != NOTHING
        predicted = predicted[known]
        longer = _Tally(tally.context[known], column[predicted], targets[predicted], base)
        adjusted = np.where(tally.oldest == start_token, tally.occurrences, tally.neighbours(longer, known))
        yield Counted(tally.contexts, tally.grams, adjusted)
        tally = longer
    yield Counted(tally.contexts, tally.grams, tally.occurrences)


class _Tally:
    """One order while it is counted: which context and which gram each target belongs to."""

    def __init__(self, newer: np.ndarray, older: np.ndarray, targets: np.ndarray, base: int) -> None:
        self.contexts, self.context = np.unique(pair(newer, older, base), return_inverse=True)
        self.grams, self.first, self.gram = np.unique(
            pair(self.context, targets, base), return_index=True, return_inverse=True
        )
        self.occurrences = np.bincount(self.gram)
        self.oldest = older[self.first]

    def neighbours(self, longer: _Tally, known: np.ndarray) -> np.ndarray:
        """After how many different tokens each gram occurs; `known`: where a token stands before it at all."""
        neighbours = np.bincount(self.gram[known][longer.first], minlength=len(self.grams))
        neighbours[np.unique(self.gram[~known])] += 1
        return neighbours
