"""Does it translate better than a translation memory, and does it read its source at all?"""

from __future__ import annotations

from dataclasses import replace

from quatrain.report.faces._base import is_finite
from quatrain.report.faces.translation.records import Run, TranslationPart, with_interval
from quatrain.report.quantities import decimal, tenths
from quatrain.report.verdict import (
    Outcome,
    Verdict,
    claimed,
    gap_of,
    incomparable,
    unscored,
    weigh_intervals,
    weigh_losses,
    without_baseline,
)


def judge(run: Run) -> Verdict:
    """Whether it beats the translation memory, and whether it makes use of its source."""
    result = run.result
    if result is None:
        return unscored(run, "held-out pairs")
    if not is_finite(result.bleu):
        return Verdict("unknown", "No score", f"BLEU of this model on held-out pairs: {tenths(result.bleu)}.")
    verdict = _against_memory(result.final)
    reads, about_source = _worth_of_source(result.final)
    sentence = f"{verdict.sentence} {about_source}".strip()
    if verdict.outcome == "beats" and reads in ("loses", "undecided"):
        return Verdict("undecided", "Beats the baseline, but is not shown to read its source", sentence)
    return replace(verdict, sentence=sentence)


def _against_memory(part: TranslationPart) -> Verdict:
    """The comparison with the translation memory."""
    baseline = part.memory
    ours = f"BLEU {with_interval(part.bleu, part.bleu_interval, '95 % interval ')}"
    if baseline is None or baseline.bleu is None:
        return without_baseline(f"reaches {ours}")
    if part.n_sentences != baseline.n_sentences:
        return incomparable(f"the {baseline.name}", "sentences", part.n_sentences, baseline.n_sentences)
    outcome, evidence = weigh_intervals(part.bleu_interval, baseline.bleu_interval)
    scores = f"{ours} against {with_interval(baseline.bleu, baseline.bleu_interval)}; {evidence}"
    better = ("translates better than", "translate better than")
    return claimed(outcome, better, f"the {baseline.name}", scores)


def _worth_of_source(part: TranslationPart) -> tuple[Outcome, str]:
    """Outcome and sentence of the comparison with the n-gram that does not see the source."""
    other = part.without_source
    if other is None or not is_finite(other.loss) or not is_finite(part.loss):
        return "unknown", ""
    outcome, evidence = weigh_losses(part, other, other.difference)
    gap = decimal(gap_of(part, other, other.difference))
    match outcome:
        case "beats":
            words = f"It reads its source: it pays {gap} nats per token less than"
        case "loses":
            words = f"It is NOT shown to read its source: it pays {gap} nats per token more than"
        case _:
            words = "It is not shown to read its source: its loss is not shown to be lower than that of"
    return outcome, f"{words} {other.name}, which does not see the source ({evidence})."
