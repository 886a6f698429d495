"""Time of translating a test set with beam search: ours, transformers' and CTranslate2's, the same weights, in turns.

python benchmarks/translation_decode.py RUN test.en.gz test.de.gz
python benchmarks/translation_decode.py RUN test.en.gz test.de.gz --rounds 3 --threads 2 --transformers-batch 64

RUN is a translator that can be exported; of the files, a line a sentence, the second has the references. All search
with as many beams, rank by mean log-probability, get ids and give ids. The figures are the best of the rounds:
seconds on the clock, and seconds of all cores together, which a busy machine changes less. BLEU shows that all
translate, and the share of sentences that are ours that they translate alike. CTranslate2 is measured where it is
installed (pip install ctranslate2), in float32 and int8; transformers' batches are of about one length, as ours
are.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import quatrain  # noqa: F401 - sets how torch's threads wait, before torch is loaded; it holds for all sides

import torch  # isort: skip

from quatrain import api  # isort: skip
from quatrain.api import TranslationRun  # isort: skip
from quatrain.generate import TranslationConfig, translate  # isort: skip
from quatrain.training.memory import keep_freed_memory  # isort: skip

MOST = 100
"""Tokens of a translation."""

Ids = Sequence[Sequence[int]]
Translator = Callable[[Ids], Ids]
"""Sources to translations, both without the end of text."""


def ours(run: TranslationRun, beam_size: int) -> Translator:
    """Quatrain."""
    config = TranslationConfig(beam_size=beam_size, penalty="power", length_penalty=1.0, max_new_tokens=MOST)
    eos_id = run.src_tokenizer.eos_id

    def translated(sources: Ids) -> Ids:
        found = translate(run.model, sources, run.tokenizer, config, src_eos_id=eos_id)
        return [[token for token in best.tokens if token != run.tokenizer.eos_id] for best, *_ in found]

    return translated


def transformers(folder: Path, beam_size: int, batch_size: int) -> Translator:
    """`generate` of transformers, on batches of about one length."""
    from transformers import AutoModelForSeq2SeqLM

    model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    start, end = model.config.decoder_start_token_id, model.config.eos_token_id

    @torch.inference_mode()
    def translated(sources: Ids) -> Ids:
        results: list[Sequence[int]] = [()] * len(sources)
        order = sorted(range(len(sources)), key=lambda place: -len(sources[place]))
        for first in range(0, len(order), batch_size):
            places = order[first : first + batch_size]
            longest = max(len(sources[place]) for place in places) + 1
            rows = [[*sources[place], end] for place in places]
            src = torch.tensor([[*row, *[end] * (longest - len(row))] for row in rows])
            mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
            out = model.generate(
                src, attention_mask=mask, num_beams=beam_size, do_sample=False, length_penalty=1.0,
                early_stopping=False, max_new_tokens=MOST,
            )  # fmt: skip
            for place, row in zip(places, out[:, 1:].tolist(), strict=True):
                results[place] = [token for token in row if token not in (start, end)]
        return results

    return translated


def ctranslate2(run: TranslationRun, folder: Path, beam_size: int, threads: int, quantization: str) -> Translator:
    """CTranslate2, converted from the same folder."""
    from ctranslate2 import Translator as Engine
    from ctranslate2.converters import TransformersConverter

    out = folder.parent / f"ctranslate2-{quantization}"
    TransformersConverter(str(folder)).convert(str(out), quantization=quantization)
    engine = Engine(str(out), device="cpu", compute_type=quantization, inter_threads=threads, intra_threads=1)
    src, tgt = run.src_tokenizer.backend, run.tokenizer.backend

    def translated(sources: Ids) -> Ids:
        tokens = [[src.id_to_token(i) for i in [*source, run.src_tokenizer.eos_id]] for source in sources]
        found = engine.translate_batch(
            tokens, beam_size=beam_size, length_penalty=1.0, max_decoding_length=MOST,
            max_batch_size=CTRANSLATE2_BATCH, batch_type="tokens",
        )  # fmt: skip
        return [[tgt.token_to_id(token) for token in one.hypotheses[0]] for one in found]

    return translated


CTRANSLATE2_BATCH = 2048
"""Source tokens of a batch; of 512 to 8192, the fastest where this was written."""


def lines(path: Path) -> list[str]:
    """Of a text, maybe compressed."""
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode().splitlines()


def main() -> None:
    """Measure all in turns; print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="run folder of a translator")
    parser.add_argument("source", type=Path, help="sentences to translate, one a line, maybe compressed (.gz)")
    parser.add_argument("reference", type=Path, help="their translations")
    parser.add_argument("--sentences", type=int, help="the first so many (default: all)")
    parser.add_argument("--beam-size", type=int, default=5, help="(default: 5)")
    parser.add_argument("--threads", type=int, default=2, help="(default: 2)")
    parser.add_argument("--rounds", type=int, default=3, help="(default: 3)")
    parser.add_argument("--transformers-batch", type=int, default=64, help="sentences of a batch there (default: 64)")
    arguments = parser.parse_args()
    for name in ("beam_size", "threads", "rounds", "transformers_batch"):
        if getattr(arguments, name) < 1:
            parser.error(f"--{name.replace('_', '-')} {getattr(arguments, name)}: give at least 1")
    for path in (arguments.run, arguments.source, arguments.reference):
        if not path.exists():
            parser.error(f"{path}: there is nothing there")
    torch.set_num_threads(arguments.threads)
    keep_freed_memory()
    run = api.open_translation(arguments.run, device="cpu")
    texts, references = (lines(path)[: arguments.sentences] for path in (arguments.source, arguments.reference))
    sources = [run.src_tokenizer.encode(text) for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        measure(arguments, run, references, sources, Path(folder) / "hf")


def measure(
    arguments: argparse.Namespace, run: TranslationRun, references: list[str], sources: Ids, folder: Path
) -> None:
    """Every translator on the sources, in turns."""
    import sacrebleu

    api.export_run(arguments.run, folder)
    beam_size, threads = arguments.beam_size, arguments.threads
    translators = {
        "ours": ours(run, beam_size),
        "transformers": transformers(folder, beam_size, arguments.transformers_batch),
    }
    if importlib.util.find_spec("ctranslate2"):
        for quantization in ("float32", "int8"):
            name = f"CTranslate2 {quantization}"
            translators[name] = ctranslate2(run, folder, beam_size, threads, quantization)
    else:
        print("CTranslate2 is not installed: pip install ctranslate2", file=sys.stderr)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in translators}
    results: dict[str, Ids] = {}
    for translated in translators.values():
        translated(sources[:8])
    for _ in range(arguments.rounds):
        for name, translated in translators.items():
            clock, cores = time.perf_counter(), time.process_time()
            results[name] = translated(sources)
            times[name].append((time.perf_counter() - clock, time.process_time() - cores))
    print(f"{len(sources)} sentences, beam {beam_size}, {threads} threads, best of {arguments.rounds}")
    print(f"{'':>20} {'seconds':>8} {'of cores':>9} {'ratio':>6} {'of cores':>9} {'BLEU':>6} {'alike':>7}")
    best = {name: tuple(map(min, zip(*of, strict=True))) for name, of in times.items()}
    for name, found in results.items():
        texts = [run.tokenizer.decode(ids) for ids in found]
        alike = sum(list(a) == list(b) for a, b in zip(found, results["ours"], strict=True)) / len(sources)
        ratios = [mine / other for mine, other in zip(best[name], best["ours"], strict=True)]
        bleu = sacrebleu.corpus_bleu(texts, [references]).score
        print(
            f"{name:>20} {best[name][0]:8.2f} {best[name][1]:9.2f} {ratios[0]:6.2f} {ratios[1]:9.2f}"
            f" {bleu:6.2f} {100 * alike:6.1f}%"
        )


if __name__ == "__main__":
    main()
