"""Whatever is kept of data between two readings: what is read again is what lies there now."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from quatrain.data import (
    DataConfig,
    ImagesConfig,
    LabelledConfig,
    LabelledSeriesConfig,
    MaskedConfig,
    PairsConfig,
    SeriesConfig,
    TaggedConfig,
    check_data,
    open_data,
)
from quatrain.errors import QuatrainError

WORDS = ["river", "stone", "cloud", "lamp", "grass", "wolf", "glass", "road", "salt", "moon"]


def sentences(n: int, seed: int, length: int = 6) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choice(WORDS) for _ in range(length)) for _ in range(n)]


def pictures(root: Path) -> Any:
    """Equal in size and in the time of writing, as unpacked archives have them."""
    draw = np.random.default_rng(0)
    for label in ("ape", "cat", "dog"):
        (root / label).mkdir(parents=True)
        for i in range(6):
            Image.fromarray(draw.integers(0, 256, (4, 4), dtype=np.uint8)).save(root / label / f"{i}.bmp")
    return ImagesConfig(path=str(root))


def listed(root: Path) -> Any:
    draw = np.random.default_rng(0)
    root.mkdir()
    for i in range(12):
        Image.fromarray(draw.integers(0, 256, (4, 4), dtype=np.uint8)).save(root / f"{i}.bmp")
    (root / "labels.csv").write_text("file,label\n" + "".join(f"{i}.bmp,{'ab'[i % 2]}\n" for i in range(12)))
    return ImagesConfig(path=str(root))


def arrays(root: Path) -> Any:
    root.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (12, 4, 4), dtype=np.uint8)
    np.savez(root / "a.npz", images=pixels, labels=np.arange(12) % 2)
    return ImagesConfig(path=str(root / "a.npz"))


def text(root: Path) -> Any:
    root.mkdir()
    for i, sentence in enumerate(sentences(40, 1, 30)):
        (root / f"{i}.txt").write_text(sentence)
    return DataConfig(path=str(root))


def hidden(root: Path) -> Any:
    return MaskedConfig.from_dict(text(root).to_dict() | {"path": str(root)}, "data")


def classes(root: Path) -> Any:
    for label in ("neg", "pos", "odd"):
        (root / label).mkdir(parents=True)
        for i, sentence in enumerate(sentences(6, len(label) + ord(label[0]))):
            (root / label / f"{i}.txt").write_text(sentence)
    return LabelledConfig(path=str(root))


def pairs(root: Path) -> Any:
    root.mkdir()
    rows = zip(sentences(60, 1), sentences(60, 2), strict=True)
    (root / "a.tsv").write_text("src\ttgt\n" + "".join(f"{a}\t{b}\n" for a, b in rows))
    return PairsConfig(path=str(root / "a.tsv"))


def tagged(root: Path) -> Any:
    root.mkdir()
    (root / "a.conll").write_text("".join(f"{s.split()[0]} B-X\n{s.split()[1]} O\n\n" for s in sentences(60, 1)))
    return TaggedConfig(path=str(root / "a.conll"))


def windows(root: Path) -> Any:
    root.mkdir()
    draw = random.Random(0)
    rows = [",".join([str(i % 2), *(f"{draw.random():.3f}" for _ in range(9))]) for i in range(30)]
    (root / "a_TRAIN.csv").write_text("\n".join(rows) + "\n")
    return LabelledSeriesConfig(path=str(root / "a_TRAIN.csv"))


def series(root: Path) -> Any:
    root.mkdir()
    draw = random.Random(0)
    rows = [f"2024-01-{1 + i // 24:02} {i % 24:02}:00,{draw.random():.3f}" for i in range(600)]
    (root / "a.csv").write_text("time,load\n" + "\n".join(rows) + "\n")
    return SeriesConfig(path=str(root / "a.csv"), horizon=4, input_len=8)


SORTS = [pictures, listed, arrays, text, hidden, classes, pairs, tagged, windows, series]


def files_of(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def edit(root: Path) -> None:
    """Other content of the same size, with the same time of writing."""
    path = max(files_of(root), key=lambda path: path.stat().st_size)
    before, content = path.stat(), bytearray(path.read_bytes())
    place = next(i for i in range(len(content) - 2, 0, -1) if bytes(content[i : i + 1]).isalnum() or content[i] > 127)
    content[place] = ord("7") if content[place] != ord("7") else ord("6")
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def swap(root: Path) -> None:
    """The names of the first and the last file, whose sizes and times may be the same."""
    first, *_, last = files_of(root) * 2 if len(files_of(root)) == 1 else files_of(root)
    if first != last:
        first.rename(root / "between")
        last.rename(first)
        (root / "between").rename(last)


def move(root: Path) -> None:
    """A file into another folder, if there is one."""
    folders = sorted(path for path in root.iterdir() if path.is_dir())
    if folders:
        first = files_of(folders[0])[0]
        first.rename(folders[-1] / f"moved{first.suffix}")


def move_under_its_name(root: Path) -> None:
    """A file into another folder, in which none has its name."""
    folders = sorted(path for path in root.iterdir() if path.is_dir())
    if folders:
        first = files_of(folders[0])[0]
        (folders[-1] / first.name).unlink()
        first.rename(folders[-1] / first.name)


def rename(root: Path) -> None:
    """A folder in it, if there is one."""
    for path in root.iterdir():
        if path.is_dir():
            path.rename(root / "renamed")
            return


def take_away(root: Path) -> None:
    """A file of several."""
    if len(files_of(root)) > 1:
        files_of(root)[1].unlink()


def what_is_read(config: Any) -> dict[str, Any]:
    try:
        data = open_data(config)
    except QuatrainError as error:
        return {"error": str(error)}
    return {"fingerprint": data.fingerprint, "about": data.about(), "check": check_data(config).to_dict()}


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("change", [edit, swap, move, move_under_its_name, rename, take_away])
def test_what_is_read_again_is_what_lies_there_now(
    sort: Callable[[Path], Any],
    change: Callable[[Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    config = sort(tmp_path / "data")
    for path in files_of(tmp_path / "data"):
        os.utime(path, ns=(10**18, 10**18))
    first = what_is_read(config)
    assert "error" not in first
    assert what_is_read(config) == first
    change(tmp_path / "data")
    again = what_is_read(config)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    assert again == what_is_read(config)


@pytest.mark.parametrize("sort", [pictures, classes, text])
def test_data_that_moved_is_told_of_where_it_lies(
    sort: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    config = sort(tmp_path / "data")
    (tmp_path / "data" / "odd.bin").write_bytes(b"\0\1")
    what_is_read(config)
    shutil.move(tmp_path / "data", tmp_path / "elsewhere")
    moved = config.replace(path=str(tmp_path / "elsewhere"))
    again = what_is_read(moved)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    assert again == what_is_read(moved)
    assert str(tmp_path / "data") not in json.dumps(again)


def test_a_table_with_a_broken_row_is_told_of_however_often_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    config = listed(tmp_path / "data")
    with (tmp_path / "data" / "labels.csv").open("a") as table:
        table.write("1.bmp,b,c,d\n")
    for _ in range(2):
        assert "values stand under 2 columns" in str(check_data(config).faults)


def test_hidden_files_of_a_text_are_counted_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    config = text(tmp_path / "data")
    assert open_data(config).notes == ()
    (tmp_path / "data" / ".draft").write_text("x")
    assert open_data(config).notes == (f"Skipped 1 (hidden): {tmp_path / 'data' / '.draft'}.",)
