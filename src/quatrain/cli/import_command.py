"""`quatrain import FOLDER`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from quatrain.cli import _format


def run(folder: Path, *, out: Path, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Make a run folder of a Hugging Face model folder.

    GPT-2, Llama, Mistral, Qwen3; Marian, Pegasus, T5; BERT, RoBERTa, DistilBERT and ViT, bare or under a head.

    Parameters
    ----------
    folder
        A folder with config.json, *.safetensors and, of models of text, tokenizer.json.
    out
        The run folder to write.
    json
        Print the outcome as one JSON object on stdout.
    """
    from quatrain import api, interop

    outcome = api.import_run(folder, out, say=_format.say)
    if json:
        _format.print_json(outcome)
    else:
        print(f"{out} holds the model. Try: {interop.FAMILIES[outcome['architecture']].kind.use} {out}")
    return 0
