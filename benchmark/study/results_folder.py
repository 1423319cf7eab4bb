"""Stored results from Python: what the commands print, as data frames."""

from __future__ import annotations

import functools
import html
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.errors import RequestError

if TYPE_CHECKING:
    import pandas as pd

    from emobench.leaderboard.pedigree.explanation import Explanation

FAILURE = ("model", "variant", "dataset", "track", "protocol", "regime", "condition", "reason")


class StoredResults:
    """A results folder, from Python.

    Parameters
    ----------
    folder
        The folder that ``emobench run --results`` names.

    Notes
    -----
    It shows as a table in a notebook and as text in a terminal. Everything is read from stored
    predictions, so no model is needed. `RequestError` is raised where a name is unknown, with the
    sentence of the command line.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).absolute()

    @property
    def page(self) -> Path:
        """The page; `frame` and `open` render it where it does not show what is stored."""
        return self.folder / "leaderboard" / "index.html"

    @functools.cached_property
    def frame(self) -> pd.DataFrame:
        """A row per model, regime and condition of each setting, as on the page.

        The columns are those of ``leaderboard.csv``: ``model, variant, track, dataset, protocol,
        regime, condition, status, reason, n_seeds, n_test``, the measures with ``_low`` and
        ``_high`` where they have intervals, and more.
        """
        from emobench.leaderboard.frames.scores import score_frame

        self._render()
        frame = score_frame(self.page.with_name("leaderboard.csv"))
        return self._mine(frame).reset_index(drop=True)

    @property
    def failures(self) -> pd.DataFrame:
        """The rows of `frame` that failed, with the reason; empty if none did.

        ``emobench results list FOLDER --failed`` prints the tracebacks.
        """
        failed = self.frame[self.frame["status"] == "failed"]
        return failed[list(FAILURE)].reset_index(drop=True)

    @property
    def planned(self) -> pd.DataFrame:
        """A row per planned comparison, as in ``plan.csv``; empty where nothing was planned."""
        import pandas as pd

        from emobench.leaderboard import planned
        from emobench.leaderboard.report.plan_files import COLUMNS, plan_content

        found = planned(self.folder)
        rows = plan_content(found)["comparisons"] if found is not None else []
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def predictions(
        self,
        model: str,
        regime: str | None = None,
        condition: str | None = None,
        dataset: str | None = None,
        protocol: str | None = None,
        seed: int | None = None,
    ) -> pd.DataFrame:
        """Return what a model predicted: a row per test utterance and training.

        Parameters
        ----------
        model
            As the leaderboard calls it; a bare name where one row alone has it.
        regime, dataset, protocol, seed
            Only this one; else every one.
        condition
            None: the main condition.

        Returns
        -------
        DataFrame
            ``model, dataset, track, protocol, regime, condition, seed, fold, id, truth, predicted``
            and for each class ``logit_CLASS`` and ``p_CLASS``.
        """
        from emobench.leaderboard.frames.predictions import prediction_frame
        from emobench.leaderboard.results.stored_rows import RowChoice

        choice = RowChoice(model, dataset, protocol, regime, condition)
        return prediction_frame(self.folder, choice, seed, self._settings())

    def confusion(
        self,
        model: str,
        regime: str | None = None,
        condition: str | None = None,
        dataset: str | None = None,
        protocol: str | None = None,
        seed: int | None = None,
    ) -> pd.DataFrame:
        """Return a confusion matrix: counts by true class (down) and predicted class (across).

        They are means over seeds. Without a regime it is that of the first one, without a condition
        of the main one; of several corpora or protocols one has to be named.
        """
        from emobench.leaderboard.frames.predictions import confusion_frame
        from emobench.leaderboard.results.stored_rows import RowChoice

        choice = RowChoice(model, dataset, protocol, regime, condition)
        return confusion_frame(self.folder, choice, seed, self._settings())

    def report(
        self,
        model: str,
        regime: str | None = None,
        condition: str | None = None,
        dataset: str | None = None,
        protocol: str | None = None,
        seed: int | None = None,
    ) -> pd.DataFrame:
        """Return precision, recall, F1 and support by class, as ``emobench report`` prints them."""
        from emobench.leaderboard.frames.predictions import report_frame
        from emobench.leaderboard.results.stored_rows import RowChoice

        choice = RowChoice(model, dataset, protocol, regime, condition)
        self._warn_of_edits((model,), dataset, protocol)
        return report_frame(self.folder, choice, seed, self._settings())

    def compare(
        self,
        first: str,
        second: str,
        measure: str = "macro_f1",
        dataset: str | None = None,
        protocol: str | None = None,
        margin: float | None = None,
    ) -> pd.DataFrame:
        """Return the paired test of two models, as ``emobench compare`` prints it.

        Returns
        -------
        DataFrame
            A row per regime and condition: both scores, ``difference`` (first less second) with
            its 95% interval ``low, high``, ``p_value``, ``verdict``, ``n_test``.
        """
        from emobench.leaderboard import compare
        from emobench.leaderboard.frames.pairs import pair_frame

        found = compare(self.folder, first, second, measure, dataset, protocol, margin)
        self._warn_of_edits((first, second), dataset, protocol)
        return self._mine(pair_frame(found))

    def power(
        self,
        models: str | Sequence[str] = (),
        difference: float | None = None,
        measure: str = "macro_f1",
        dataset: str | None = None,
        protocol: str | None = None,
    ) -> pd.DataFrame:
        """Return what differences the results would find, as ``emobench power`` prints it.

        Parameters
        ----------
        models
            Two or more; none for all that read an input.
        difference
            A true difference, such as .02: how likely it is found, and what would find it.
        measure, dataset, protocol
            As in `compare`.
        """
        from emobench.leaderboard import power
        from emobench.leaderboard.frames.pairs import prospect_frame

        if difference is not None and not 0 < difference < 1:
            raise RequestError(f"--difference is one between 0 and 1, got {difference}.")
        names = [models] if isinstance(models, str) else list(models)
        found = power(self.folder, names, dataset, protocol, measure)
        return self._mine(prospect_frame(found, difference))

    def why(self, number: str) -> Explanation:
        """Recompute a number of the page, as ``emobench why ID`` does.

        Parameters
        ----------
        number
            Its ID: the address or the short one.

        Returns
        -------
        Explanation
            ``page.value``, ``again.value``, ``is_reproduced``, ``verdict``; ``content()`` is all of
            it as plain data.
        """
        from emobench.leaderboard import explain

        return explain(self.folder, number)

    def numbers(self, dataset: str | None = None, protocol: str | None = None) -> pd.DataFrame:
        """Return the IDs of all numbers that `why` explains: ``address`` and ``short``."""
        import pandas as pd

        from emobench.leaderboard import numbers

        found = numbers(self.folder, dataset, protocol)
        rows = [
            (one.dataset, one.track, one.protocol, str(address), address.short)
            for one in found
            for address in one.every
        ]
        columns = ["dataset", "track", "protocol", "address", "short"]
        return self._mine(pd.DataFrame(rows, columns=columns))

    def open(self) -> Path:
        """Show the page in a browser, and return where it is."""
        import webbrowser

        self._render()
        webbrowser.open(self.page.as_uri())
        return self.page

    def _warn_of_edits(
        self, words: Sequence[str], dataset: str | None, protocol: str | None
    ) -> None:
        """Warn of rows that are of an earlier file than the one that a word names."""
        from emobench.leaderboard.results.grids.edited_files import edit_notes

        for line in edit_notes(self.folder, words, dataset, protocol):
            warnings.warn(line, stacklevel=3)

    def _render(self) -> None:
        """Render the page if it does not show what is stored."""
        from emobench.leaderboard import render_run

        if not self.folder.is_dir():
            raise RequestError(f"There is no results folder {self.folder}.")
        render_run(self.folder, datetime.now(UTC).isoformat())

    def _settings(self) -> frozenset[tuple[str, str, str]] | None:
        """Dataset, track and protocol of what is shown; None: everything that is stored."""
        return None

    def _mine(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of `frame` that are shown."""
        settings = self._settings()
        if settings is None:
            return frame
        places = zip(frame["dataset"], frame["track"], frame["protocol"], strict=True)
        return frame[[place in settings for place in places]].reset_index(drop=True)

    def _lines(self) -> list[str]:
        """What is said below the tables."""
        failed = len(self.failures)
        rows = "1 row" if failed == 1 else f"{failed} rows"
        lines = [f"{rows} failed: see .failures"] if failed else []
        return [*lines, f"page: {self.page}"]

    def _mains(self) -> dict[tuple[str, str, str], str]:
        """Protocol, dataset and track to the main condition, as the page has it."""
        from emobench.leaderboard.results.entries import merge
        from emobench.leaderboard.results.reader import Results

        found: dict[tuple[str, str, str], str] = {}
        for entry in merge(Results(self.folder).grids()):
            dataset, track, protocol = entry.section
            found.setdefault((protocol, dataset, track), entry.main_condition)
        return found

    def __repr__(self) -> str:
        from emobench.study.display import text_tables

        return "\n\n".join([*text_tables(self.frame, self._mains()), "\n".join(self._lines())])

    def _repr_html_(self) -> str:
        from emobench.study.display import html_tables

        lines = "<br>".join(map(html.escape, self._lines()))
        return "".join(html_tables(self.frame, self._mains())) + f"<p>{lines}</p>"
