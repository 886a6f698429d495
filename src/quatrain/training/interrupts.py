"""Ctrl-C and SIGTERM end training between two steps, with everything saved."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from quatrain.errors import QuatrainError


class Interrupted(QuatrainError):
    """The person or the machine asked training to stop; it was saved first."""

    exit_code = 130


class StopRequest:
    """Whether a signal has come."""

    def __init__(self) -> None:
        self.name: str | None = None


@contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Note the first SIGINT or SIGTERM instead of dying of it; a second one acts at once."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield request
        return

    def note(number: int, frame: FrameType | None) -> None:
        if request.name is not None:
            raise KeyboardInterrupt
        request.name = signal.Signals(number).name

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
