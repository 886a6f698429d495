"""Bytes to text in blocks, with the place of every byte that does not fit the encoding."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import IO

from quatrain.data.faults import Fault, OnFault
from quatrain.data.files import reporting_damage
from quatrain.errors import DataError

__all__ = ["check_encoding", "decoded", "decoded_lines", "looks_binary"]

BLOCK = 1 << 20
LOCATED = 1000  # faults of one file that are told one by one; the rest are counted
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def check_encoding(encoding: str) -> None:
    """Refuse a name that is no encoding of text.

    Raises:
        DataError: Python knows no such encoding.
    """
    try:
        "".encode(encoding)
    except (LookupError, UnicodeError, ValueError):
        raise DataError(
            f"data.encoding: no encoding is called {encoding!r}. Try utf-8, latin-1, cp1252 or utf-16, "
            "for example --set data.encoding=latin-1."
        ) from None


def looks_binary(head: bytes, encoding: str) -> bool:
    """Whether the first bytes of a file cannot be text (zero bytes, or a PDF)."""
    if codecs.lookup(encoding).name.startswith(("utf-16", "utf-32")) or head.startswith(UTF16_MARKS):
        return False
    return b"\0" in head or head.startswith(b"%PDF-")


def decoded(stream: IO[bytes], source: str, encoding: str, on_fault: OnFault) -> Iterator[str]:
    """Text of a file in blocks of about a million characters, without a byte order mark.

    What cannot be decoded is told to `on_fault` with line and byte; if that returns, U+FFFD stands for it.
    """
    decoder = _Decoder(source, encoding, on_fault)
    with reporting_damage(source, on_fault):
        is_first = True
        while block := stream.read(BLOCK):
            text = decoder.feed(block, final=False)
            if is_first and text:
                text, is_first = text.removeprefix("\ufeff"), False
            yield text
        yield decoder.feed(b"", final=True)
        decoder.finish()


def decoded_lines(stream: IO[bytes], source: str, encoding: str, on_fault: OnFault) -> Iterator[str]:
    """The lines of a file with their newlines."""
    held = ""
    for text in decoded(stream, source, encoding, on_fault):
        *lines, held = (held + text).split("\n")
        for line in lines:
            yield line + "\n"
    if held:
        yield held


class _Decoder:
    """Python's incremental decoder, which also knows where in the file it is."""

    def __init__(self, source: str, encoding: str, on_fault: OnFault) -> None:
        self.source, self.encoding, self.on_fault = source, encoding, on_fault
        self.decoder = codecs.getincrementaldecoder(encoding)("strict")
        self.line, self.byte, self.n_faults, self.n_more = 1, 0, 0, 0
        self.problem = self.advice = ""  # of the last fault; the advice is judged where the first one is

    def feed(self, block: bytes, *, final: bool) -> str:
        parts: list[str] = []
        while True:
            pending, flag = self.decoder.getstate()
            try:
                parts.append(self._count(self.decoder.decode(block, final), len(block)))
                return "".join(parts)
            except UnicodeDecodeError as error:
                data = pending + block
                start, end = error.start, max(error.end, error.start + 1)
                self.decoder.setstate((b"", flag))
                self.byte -= len(pending)
                parts.append(self._count(self.decoder.decode(data[:start]), start))
                self._report(data, start)
                parts.append("\ufffd")
                self.byte += end - start
                block = data[end:]

    def finish(self) -> None:
        if self.n_more:
            self.on_fault(Fault(self.source, self.problem, self.advice, n_more=self.n_more - 1))

    def _count(self, text: str, n_bytes: int) -> str:
        self.line += text.count("\n")
        self.byte += n_bytes
        if self.n_faults > LOCATED:
            self.n_more += text.count("\ufffd")
        return text

    def _report(self, data: bytes, start: int) -> None:
        self.n_faults += 1
        self.problem = f"byte 0x{data[start]:02X} is not {self.encoding}"
        self.advice = self.advice or _advice(data, self.encoding)
        self.on_fault(Fault(self.source, self.problem, self.advice, self.line, self.byte))
        if self.n_faults == LOCATED:
            state = self.decoder.getstate()
            self.decoder = codecs.getincrementaldecoder(self.encoding)("replace")
            self.decoder.setstate(state)
            self.n_faults += 1


def _advice(data: bytes, encoding: str) -> str:
    """What the bytes look like instead."""
    if data.startswith(UTF16_MARKS):
        return "The file looks like UTF-16: try --set data.encoding=utf-16."
    text = data.decode("utf-8", "replace")
    n_bad = text.count("\ufffd")
    n_good = sum(character > "\x7f" for character in text) - n_bad
    if n_good > n_bad:
        if codecs.lookup(encoding).name == "utf-8":
            return "The rest of the text is UTF-8: mend this character, or leave the file out."
        return "The file looks like UTF-8: try --set data.encoding=utf-8."
    guess = "latin-1"
    if any(0x80 <= value < 0xA0 for value in data):
        try:
            data.decode("cp1252")
            guess = "cp1252"
        except UnicodeDecodeError:
            pass
    return f"The file looks like {guess}: try --set data.encoding={guess}."
