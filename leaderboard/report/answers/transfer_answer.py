"""What a matrix of corpora opens with: a sentence, and the losses as a chart."""

from __future__ import annotations

from collections.abc import Mapping

from emobench.leaderboard.charts.intervals import Dot, IntervalChart, Rule, interval_chart
from emobench.leaderboard.charts.style import Style
from emobench.leaderboard.report.answers.answer import Answer
from emobench.leaderboard.report.answers.change_views import chart_lines
from emobench.leaderboard.tables.answers.transfers import transfer_changes, transfer_text
from emobench.leaderboard.tables.transfer import TransferView

CAPTION = (
    "Macro-F1 on another corpus less that of a training on it, on the classes in common, with 95% "
    "intervals; pale where no difference is shown."
)


def transfer_answer(view: TransferView, looks: Mapping[str, Style]) -> Answer:
    """Return the sentence and the chart of a matrix; its tables are chosen by model."""
    found = transfer_changes(view)
    dots = [
        Dot(label, one.gap, looks[one.pair.entry.label].name,
            muted=not (one.is_up or one.is_down), group=group)
        for one, label, group in chart_lines(found)
    ]  # fmt: skip
    chart = interval_chart(
        IntervalChart(
            f"losses-{view.anchor}", "Losses on corpora that were not trained on",
            "difference in macro-F1", dots, (Rule("no loss", 0.0),), signed=True,
        )
    )  # fmt: skip
    return Answer("transfer", transfer_text(found), chart, CAPTION)
