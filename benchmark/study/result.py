"""What a run from Python returns."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from emobench.leaderboard.results.grids.place import place
from emobench.study.request import Study
from emobench.study.results_folder import StoredResults
from emobench.wording import counted

if TYPE_CHECKING:
    import pandas as pd

    from emobench.study.outcome.run_end import RunEnd


class RunResult(StoredResults):
    """The rows of one request, from Python.

    Its data frame has the rows that were asked for. Comparisons, power and numbers are those of the
    settings (corpus, track, protocol) that were asked for, with all models that are stored there.

    Parameters
    ----------
    request
        What was asked for: ``toml``, ``command`` and ``python`` write it in each of the three ways.
    end
        What the run came to.
    """

    def __init__(self, request: Study, end: RunEnd) -> None:
        super().__init__(end.results)
        self.request = request
        self.done, self.failed, self.skipped = end.counts
        """Cells that are there, that failed, and that a model or the corpus cannot do."""
        self._has_page = end.page is not None
        self._subjects = [one for totals in end.totals for one in totals.subjects]

    @functools.cached_property
    def frame(self) -> pd.DataFrame:
        """A row per model, regime and condition that was asked for; see `StoredResults.frame`."""
        found = super().frame if self._has_page else self._nothing()
        asked: dict[tuple[str, ...], set[str]] = {}
        for one in self._subjects:
            dataset, protocol = place(one.dataset, one.split, one.protocol)
            key = (one.model, one.track, dataset, protocol)
            asked.setdefault(key, set()).update(one.variants)
        names = [found[name] for name in ("model", "track", "dataset", "protocol", "variant")]
        kept = [variant in asked.get(tuple(key), ()) for *key, variant in zip(*names, strict=True)]
        return found[kept].reset_index(drop=True)

    def _nothing(self) -> pd.DataFrame:
        """The frame of a shard without a training of this request: it has made no page."""
        import pandas as pd

        from emobench.leaderboard.report.csv_table import columns

        return pd.DataFrame(columns=list(columns()))

    def _settings(self) -> frozenset[tuple[str, str, str]]:
        places = {(one, place(one.dataset, one.split, one.protocol)) for one in self._subjects}
        return frozenset((dataset, one.track, protocol) for one, (dataset, protocol) in places)

    def _lines(self) -> list[str]:
        cells = f"{counted(self.done, 'cell')} there, {self.skipped} skipped, {self.failed} failed"
        return [cells, *super()._lines()]
