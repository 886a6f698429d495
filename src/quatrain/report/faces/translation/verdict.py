"""Does it translate better than a translation memory, and does it read its source at all?"""

from __future__ import annotations

from quatrain.report.faces._base import is_finite
from quatrain.report.faces.translation.records import Run, TranslationPart, with_interval
from quatrain.report.quantities import count, decimal, tenths
from quatrain.report.verdict import Outcome, Verdict, gap_of, unscored, weigh_intervals, weigh_losses


def judge(run: Run) -> Verdict:
    """Whether it beats the translation memory, and whether it makes use of its source."""
    result = run.result
    if result is None:
        return unscored(run, "held-out pairs")
    if not is_finite(result.bleu):
        return Verdict("unknown", "No score", f"BLEU of this model on held-out pairs: {tenths(result.bleu)}.")
    outcome, headline, sentence = _against_memory(result.final)
    reads, about_source = _worth_of_source(result.final)
    if outcome == "beats" and reads in ("loses", "undecided"):
        outcome, headline = "undecided", "Beats the baseline, but is not shown to read its source"
    return Verdict(outcome, headline, f"{sentence} {about_source}".strip())


def _against_memory(part: TranslationPart) -> tuple[Outcome, str, str]:
    """Outcome, headline and sentence of the comparison with the translation memory."""
    baseline = part.memory
    ours = f"BLEU {with_interval(part.bleu, part.bleu_interval, '95 % interval ')}"
    if baseline is None or baseline.bleu is None:
        words = f"This model reaches {ours}; no baseline was scored beside it, so whether that is good is not known."
        return "unknown", "No baseline", words
    if part.n_sentences != baseline.n_sentences:
        words = (
            f"This model cannot be compared with its baseline, the {baseline.name}: they were scored on different "
            f"numbers of sentences, {count(part.n_sentences)} and {count(baseline.n_sentences)}."
        )
        return "unknown", "Not comparable", words
    outcome, evidence = weigh_intervals(part.bleu_interval, baseline.bleu_interval)
    headline, start = {
        "beats": ("Beats the baseline", "This model translates better than"),
        "loses": ("Does not beat the baseline", "This model does NOT translate better than"),
    }.get(outcome, ("Not shown to beat the baseline", "This model is not shown to translate better than"))
    scores = f"{ours} against {with_interval(baseline.bleu, baseline.bleu_interval)}"
    return outcome, headline, f"{start} its baseline, the {baseline.name}: {scores}; {evidence}."


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
