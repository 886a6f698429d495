"""Which device trains, and in which precision."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

from quatrain.errors import ConfigError, suggest

DEVICES = ("auto", "cpu", "cuda", "mps")


def pick_device(name: str) -> torch.device:
    """`auto` takes the GPU if there is one.

    Raises:
        ConfigError: the device is unknown or not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if name.split(":")[0] not in DEVICES:
        raise ConfigError(f"--device {name}: there is no such device. {suggest(name, DEVICES)}")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(
            f"--device {name}: cannot be used here: {reason.rstrip('.')}. Try --device cpu or auto."
        ) from None
    return device


def computes_bfloat16(device: torch.device) -> bool:
    """Whether the machine multiplies bfloat16 matrices in hardware."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return False


def autocast(device: torch.device, dtype: str) -> AbstractContextManager[object]:
    """Multiply matrices in the precision asked for; norms, softmax and losses stay in float32."""
    if dtype == "bfloat16" or (dtype == "auto" and computes_bfloat16(device)):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()
