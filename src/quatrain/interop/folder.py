"""Reading a Hugging Face model folder: plain JSON and safetensors, no `transformers` needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from quatrain.data.tokenizers import END_OF_TEXT
from quatrain.errors import ConversionError
from quatrain.interop.maps import Weights

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"


def read_json(path: Path) -> dict[str, Any]:
    """An object of a JSON file.

    Raises:
        ConversionError: missing, or not a JSON object.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise ConversionError(
            f"{path}: there is no such file. Give a folder that save_pretrained wrote or a hub's download."
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ConversionError(f"{path}: this is not JSON: {error}.") from None
    if not isinstance(values, dict):
        raise ConversionError(f"{path}: should hold one JSON object, and holds a {type(values).__name__}.")
    return values


def read_weights(folder: Path, auto_class: str) -> Weights:
    """All tensors of a folder, in one file or in the shards its index names, as float32.

    Args:
        auto_class: what in `transformers` would write such a folder.
    Raises:
        ConversionError: no weights, damaged or missing ones, or some of a type that float32 cannot hold.
    """
    if (folder / INDEX).exists():
        where = {name: str(file) for name, file in read_json(folder / INDEX).get("weight_map", {}).items()}
        weights = {}
        for file in sorted(set(where.values())):
            weights.update(_load(folder / file, auto_class))
        absent = [f"{name} ({file})" for name, file in where.items() if name not in weights]
        if absent:
            raise ConversionError(f"{folder / INDEX}: names weights its files lack: {', '.join(absent[:4])}.")
    else:
        weights = _load(folder / WEIGHTS, auto_class)
    return {name: _widen(name, tensor, folder) for name, tensor in weights.items()}


def end_of_text(folder: Path, default: str = END_OF_TEXT) -> str:
    """The token that ends a text, as tokenizer_config.json names it: eos_token, or where there is none sep_token."""
    file = folder / "tokenizer_config.json"
    settings = read_json(file) if file.is_file() else {}
    named = settings.get("eos_token") or settings.get("sep_token")
    content = named.get("content") if isinstance(named, dict) else named
    return content if isinstance(content, str) else default


def _load(path: Path, auto_class: str) -> Weights:
    try:
        return dict(load_file(path))
    except FileNotFoundError:
        pickled = any(path.parent.glob("*.bin"))
        why = "Only pickled weights lie beside it, which could run any code. " if pickled else ""
        raise ConversionError(
            f"{path}: there is no such file. {why}Write it with transformers: "
            f"{auto_class}.from_pretrained(FOLDER).save_pretrained(FOLDER)."
        ) from None
    except SafetensorError as error:
        raise ConversionError(f"{path}: damaged: {error}. Fetch it again.") from None


def _widen(name: str, tensor: torch.Tensor, folder: Path) -> torch.Tensor:
    if tensor.dtype in (torch.float32, torch.bfloat16, torch.float16):
        return tensor.float()
    if tensor.dtype in (torch.bool, torch.uint8):  # masks that old files keep; the map ignores them by name
        return tensor
    raise ConversionError(
        f"{folder}: {name} is stored as {str(tensor.dtype).removeprefix('torch.')}, which float32 cannot hold. "
        "Save the model as float32, bfloat16 or float16, unquantised."
    )
