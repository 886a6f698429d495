"""What a finished run looks like: `report.html` and `README.md`, drawn from the run folder alone."""

from quatrain.report.card import write_model_card
from quatrain.report.page import write_report

__all__ = ["write_model_card", "write_report"]
