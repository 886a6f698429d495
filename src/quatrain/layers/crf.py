"""The linear chain: a score for each tag of each word and each pair of neighbours; sums and maxima over all ways."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

BARRED = -1e4
"""Added to what may not be: less than any score that is learned."""


class LinearChain(nn.Module):
    """A linear-chain conditional random field: Lafferty et al. 2001.

    Of tags y_1 .. y_n the score is start[y_1] + sum_t scores[t, y_t] + sum_t follow[y_t, y_t+1] + end[y_n], and their
    probability the exponential of it over the sum of that for all ways to tag the sentence.

    Words stand from the left; a sentence without any has score and logarithm 0.

    Args:
        n_tags: number of tags.
        may_follow: `may_follow[i][j]`: whether tag j may stand behind tag i, in what `best` finds.
        may_start: whether a tag may stand first, likewise.
    """

    def __init__(self, n_tags: int, *, may_follow: Sequence[Sequence[bool]], may_start: Sequence[bool]) -> None:
        super().__init__()
        self.start, self.end = nn.Parameter(torch.zeros(n_tags)), nn.Parameter(torch.zeros(n_tags))
        self.follow = nn.Parameter(torch.zeros(n_tags, n_tags))
        self.register_buffer("bars", BARRED * ~torch.tensor(may_follow), persistent=False)
        self.register_buffer("start_bars", BARRED * ~torch.tensor(may_start), persistent=False)
        self.bars: Tensor
        self.start_bars: Tensor

    def score(
        self,
        scores: Float[Tensor, "batch words n_tags"],
        tags: Int[Tensor, "batch words"],
        word_mask: Bool[Tensor, "batch words"],
    ) -> Float[Tensor, " batch"]:
        """The score of these tags."""
        own = scores.gather(2, tags[..., None])[..., 0]
        own[:, 1:] += self.follow[tags[:, :-1], tags[:, 1:]]
        last = tags.gather(1, _last(word_mask))[:, 0]
        ends = self.start[tags[:, 0]] + self.end[last]
        return own.masked_fill(~word_mask, 0.0).sum(dim=1) + ends.masked_fill(~word_mask[:, 0], 0.0)

    def log_partition(
        self, scores: Float[Tensor, "batch words n_tags"], word_mask: Bool[Tensor, "batch words"]
    ) -> Float[Tensor, " batch"]:
        """The logarithm of the sum of exp(score) over all ways to tag the sentence."""
        whole = (self._forward(scores, word_mask)[:, -1] + self.end).logsumexp(dim=1)
        return whole.masked_fill(~word_mask[:, 0], 0.0)

    def marginals(
        self, scores: Float[Tensor, "batch words n_tags"], word_mask: Bool[Tensor, "batch words"]
    ) -> Float[Tensor, "batch words n_tags"]:
        """The probability of each tag of each word: Rabiner 1989, equation 27."""
        return (self._forward(scores, word_mask) + self._backward(scores, word_mask)).softmax(dim=2)

    def best(
        self, scores: Float[Tensor, "batch words n_tags"], word_mask: Bool[Tensor, "batch words"]
    ) -> Int[Tensor, "batch words"]:
        """The tags of the highest score among those that may be: Viterbi 1967."""
        follow = self.follow + self.bars
        best = self.start + self.start_bars + scores[:, 0]  # (B, K): of the ways that end in each tag
        from_where = []
        for word, real in zip(scores.unbind(1)[1:], word_mask.unbind(1)[1:], strict=True):
            reached, before = (best[:, :, None] + follow).max(dim=1)
            stay = torch.arange(best.shape[1], device=best.device).expand_as(before)
            from_where.append(torch.where(real[:, None], before, stay))
            best = torch.where(real[:, None], reached + word, best)
        tags = [(best + self.end).argmax(dim=1, keepdim=True)]
        for before in reversed(from_where):
            tags.append(before.gather(1, tags[-1]))
        return torch.cat(tags[::-1], dim=1)

    def _forward(self, scores: Tensor, word_mask: Tensor) -> Tensor:
        """(B, W, K): log of the sum over all ways up to each word that end in each tag; padding repeats the last."""
        sums = [self.start + scores[:, 0]]
        for word, real in zip(scores.unbind(1)[1:], word_mask.unbind(1)[1:], strict=True):
            reached = (sums[-1][:, :, None] + self.follow).logsumexp(dim=1) + word
            sums.append(torch.where(real[:, None], reached, sums[-1]))
        return torch.stack(sums, dim=1)

    def _backward(self, scores: Tensor, word_mask: Tensor) -> Tensor:
        """(B, W, K): log of the sum over all ways to go on after each word, from each tag."""
        sums = [self.end.expand_as(scores[:, 0])]
        for word, real in zip(reversed(scores.unbind(1)[1:]), reversed(word_mask.unbind(1)[1:]), strict=True):
            onward = (self.follow + (word + sums[-1])[:, None]).logsumexp(dim=2)
            sums.append(torch.where(real[:, None], onward, sums[-1]))
        return torch.stack(sums[::-1], dim=1)


def _last(word_mask: Tensor) -> Tensor:
    """(B, 1): the place of the last real word."""
    return (word_mask.sum(dim=1, keepdim=True) - 1).clamp(min=0)
