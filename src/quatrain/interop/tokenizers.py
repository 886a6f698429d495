"""Tokenizers between run folders and Hugging Face folders."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers.processors import TemplateProcessing

from quatrain.data.tokenizers import Tokenizer
from quatrain.errors import ConversionError
from quatrain.interop.folder import read_json
from quatrain.interop.kind import Kind, Vocabulary
from quatrain.runs import RunFolder, write_json


def read_tokenizer(folder: Path, vocabulary: Vocabulary, eos_token: str) -> str:
    """The content of a tokenizer.json that a run can use, without the token that only their model has.

    Raises:
        ConversionError: it is missing, no tokenizer, without an end of text, or larger than the model; the message
            says what to do.
    """
    path = folder / vocabulary.folder / "tokenizer.json"
    words = path.with_name("vocab.txt")
    if not path.is_file() and not words.is_file():
        raise ConversionError(
            f"{path}: there is no such file, and a run needs one. Write it with transformers: "
            "AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)."
        )
    content = path.read_text(encoding="utf-8") if path.is_file() else wordpieces(words)
    if vocabulary.extra is not None:
        content = _without_from(content, vocabulary.n_tokens)
    try:
        backend = tokenizers.Tokenizer.from_str(content)
    except Exception as error:  # the library raises nothing more precise
        raise ConversionError(f"{path}: this is not a tokenizer.json: {error}.") from None
    if backend.token_to_id(eos_token) is None:
        special = [token.content for token in backend.get_added_tokens_decoder().values() if token.special]
        raise ConversionError(
            f"{path}: has no token {eos_token!r} to end a text with; its special tokens are "
            f"{', '.join(special) or 'none'}. Name the right one as eos_token in tokenizer_config.json beside it."
        )
    if backend.get_vocab_size() > vocabulary.n_tokens:
        raise ConversionError(
            f"{path}: has {backend.get_vocab_size()} tokens and the model knows {vocabulary.n_tokens}. "
            "Check that both come from the same model."
        )
    return _whole_texts(content, backend)


def wordpieces(path: Path) -> str:
    """The tokenizer.json of a BERT that has vocab.txt alone, a piece of a word a line.

    Raises:
        ConversionError: it lacks a token of the frame.
    """
    file = path.with_name("tokenizer_config.json")
    settings = read_json(file) if file.is_file() else {}
    try:
        made = tokenizers.BertWordPieceTokenizer(
            str(path),
            lowercase=settings.get("do_lower_case", True),
            strip_accents=settings.get("strip_accents"),
            handle_chinese_chars=settings.get("tokenize_chinese_chars", True),
        )
    except (TypeError, ValueError) as error:
        raise ConversionError(f"{path}: this is not the vocabulary of a BERT: {error}.") from None
    return made.to_str()


def write_tokenizers(run: RunFolder, kind: Kind[Any], config: Any, out: Path) -> None:
    """Lay the tokenizers of a run out as `AutoTokenizer` opens them."""
    for vocabulary in kind.vocabularies(config):
        folder, source = out / vocabulary.folder, run.path / vocabulary.file
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer = Tokenizer.load(source, run.load_tokenizer().eos_token)
        if kind.adds_eos:
            _end_texts(source, tokenizer, folder / "tokenizer.json")
        else:
            shutil.copyfile(source, folder / "tokenizer.json")
        about = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
        write_json(folder / "tokenizer_config.json", about | kind.tokenizer_settings(config, tokenizer))


def _end_texts(source: Path, tokenizer: Tokenizer, out: Path) -> None:
    """Copy a tokenizer.json so that the end of text follows every text."""
    backend, end = tokenizers.Tokenizer.from_file(str(source)), tokenizer.eos_token
    if backend.encode("").ids == [tokenizer.eos_id]:  # as it does already
        shutil.copyfile(source, out)
        return
    backend.post_processor = TemplateProcessing(
        single=["$A", end], pair=["$A", end, "$B:1", f"{end}:1"], special_tokens=[(end, tokenizer.eos_id)]
    )
    backend.save(str(out))


def _whole_texts(content: str, backend: tokenizers.Tokenizer) -> str:
    """A tokenizer.json that neither cuts nor fills texts: that is done where batches are made."""
    if backend.truncation is None and backend.padding is None:
        return content
    backend.no_truncation()
    backend.no_padding()
    return backend.to_str(pretty=True)


def _without_from(content: str, first: int) -> str:
    """A tokenizer.json without the tokens from this id on."""
    values = json.loads(content)
    n_added = len(values["added_tokens"])
    values["added_tokens"] = [added for added in values["added_tokens"] if added["id"] < first]
    if isinstance(vocab := values["model"].get("vocab"), dict):
        values["model"]["vocab"] = {token: i for token, i in vocab.items() if i < first}
    return content if len(values["added_tokens"]) == n_added else json.dumps(values, indent=2, ensure_ascii=False)
