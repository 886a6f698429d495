"""What a finished run or comparison looks like: pages drawn from its folder alone."""

from quatrain.report.card import write_model_card
from quatrain.report.compare_page import write_compare_report
from quatrain.report.page import write_report
from quatrain.report.transfer_page import write_transfer_report

__all__ = ["write_compare_report", "write_model_card", "write_report", "write_transfer_report"]
