"""Points at which one can listen to a model: named no-ops, free while nobody does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase

from torch import Tensor, nn

from quatrain.errors import ConfigError, suggest


class Tap(nn.Module):
    """Hands what passes to whoever listens.

    What costs something to have, such as the weights of attention, is computed only while `is_heard`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.listeners: list[Callable[[Tensor], object]] = []

    @property
    def is_heard(self) -> bool:
        """Whether anyone listens."""
        return bool(self.listeners)

    def forward(self, x: Tensor) -> None:
        """Tell the listeners."""
        for listen in self.listeners:
            listen(x)


@contextmanager
def record(model: nn.Module, pattern: str) -> Iterator[dict[str, list[Tensor]]]:
    """Listen to every tap whose name fits a pattern, such as `*.cross.pattern`: name -> what it told, in order.

    Raises:
        ConfigError: no tap has such a name.

    Example:
        >>> import torch
        >>> from quatrain.mixers import AttentionConfig
        >>> attention = AttentionConfig(n_heads=2).build(8)
        >>> with record(attention, "pattern") as seen:
        ...     y = attention(torch.rand(3, 5, 8))
        >>> [tuple(weights.shape) for weights in seen["pattern"]]
        [(3, 2, 5, 5)]
    """
    taps = {name: part for name, part in model.named_modules() if isinstance(part, Tap)}
    chosen = {name: tap for name, tap in taps.items() if fnmatchcase(name, pattern)}
    if not chosen:
        raise ConfigError(f"nothing to listen to is called {pattern!r}. {suggest(pattern, taps)}")
    seen: dict[str, list[Tensor]] = {name: [] for name in chosen}
    listeners = {name: seen[name].append for name in chosen}
    for name, tap in chosen.items():
        tap.listeners.append(listeners[name])
    try:
        yield seen
    finally:
        for name, tap in chosen.items():
            tap.listeners.remove(listeners[name])
