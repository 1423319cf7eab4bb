"""The leaderboard: from stored predictions to a page, a Markdown file and a CSV table.

Reads a results folder only; never imports torch, a model, a corpus or a protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emobench.leaderboard.pedigree.explanation import Explanation, SectionNumbers
    from emobench.leaderboard.plans.comparison import PlanOutcome
    from emobench.leaderboard.results.comparisons.prospects import Prospect
    from emobench.leaderboard.results.model_pairs import Pair
    from emobench.leaderboard.results.sample import RowSample
    from emobench.leaderboard.results.stored_rows import RowChoice

__all__ = [
    "class_reports", "class_tables", "compare", "explain", "numbers", "outdated", "plan_lines",
    "planned", "power", "render", "render_run", "samples",
]  # fmt: skip


def render(
    results: Path,
    dataset: str | None = None,
    protocol: str | None = None,
    take_away: bool = False,
    models: str | None = None,
) -> Path:
    """Write ``leaderboard/index.html``, ``.md`` and ``.csv`` from what is stored in `results`.

    Parameters
    ----------
    results
        A results folder (``grids/``, ``trainings/``, ``corpora/``).
    dataset, protocol
        Only this corpus, as the leaderboard prints it or its bare name; only this protocol. The
        files are then written into a folder of their own below ``leaderboard/``.
    take_away
        Also write every table as CSV and LaTeX, every figure as SVG, the commands and whom to cite
        into the folder ``take-away/`` beside the page. Once it is there, it is always renewed.
    models
        Only these rows, separated by commas: labels as the leaderboard prints them, bare names,
        wildcards. The rows that others are measured against stay. The files are then written into
        a folder of their own, too; the page says what it leaves out.

    Returns
    -------
    Path
        The page, ``results/leaderboard/index.html``.

    Raises
    ------
    emobench.errors.RequestError
        When nothing is stored there yet, a name is unknown, or a stored table cannot be read.
    """
    # Imported on call: plotting and table libraries take a second that `--help` must not pay.
    from emobench.leaderboard.report.publish import publish
    from emobench.leaderboard.results.selections.selection import Selection
    from emobench.leaderboard.takeaway.shelves import renew_shelves

    published = publish(Path(results), Selection.of(dataset, protocol, models))
    renew_shelves(Path(results), published, take_away)
    return published.page


def render_run(results: Path, since: str) -> tuple[Path, list[str], list[str]]:
    """Render as `render` does, and put what the last run compared into lines for the terminal.

    A page that shows already what is stored is left as it is.

    Parameters
    ----------
    results
        A results folder.
    since
        When the run began, ISO 8601 in UTC: only what was written later has lines.

    Returns
    -------
    tuple
        The page; for each searched model a line with its default score, its tuned score and the
        paired difference, under a title for each setting, and for each standardisation of a
        transfer its difference to the source's; and the lines of `outdated`.

    Raises
    ------
    emobench.errors.RequestError
        When nothing is stored there yet, or a stored table cannot be read.
    """
    from emobench.leaderboard.report.freshness import lines_of_fresh_page, remember, state

    root = Path(results)
    if (known := lines_of_fresh_page(root)) is not None:
        return root / "leaderboard" / "index.html", [], known
    from emobench.leaderboard.report.publish import publish
    from emobench.leaderboard.report.terminal.search_lines import search_lines
    from emobench.leaderboard.report.terminal.transfer_lines import transfer_lines
    from emobench.leaderboard.tables.plans.sentences import plan_lines as told_of_plan
    from emobench.leaderboard.takeaway.shelves import renew_shelves

    before = state(root)
    published = publish(root)
    lines = outdated(root)
    if (plan := published.board.plan) is not None:
        lines += told_of_plan(plan)
    renew_shelves(root, published)
    remember(root, before, lines)
    told = [
        *search_lines(published.views, since),
        *transfer_lines(published.transfers, since),
    ]
    return published.page, told, lines


def outdated(
    results: Path,
    dataset: str | None = None,
    protocol: str | None = None,
    models: str | None = None,
) -> list[str]:
    """Name the rows that the page leaves out, as their corpus has changed since, one per item.

    Parameters
    ----------
    results
        A results folder.
    dataset, protocol, models
        Only this corpus; only this protocol; only these rows, as `render` takes them.

    Returns
    -------
    list of str
        A sentence for each corpus and protocol that has such rows.
    """
    from emobench.leaderboard.report.terminal.outdated_lines import outdated_lines
    from emobench.leaderboard.results.selections.selection import Selection

    return outdated_lines(Path(results), Selection.of(dataset, protocol, models))


def plan_lines(results: Path) -> list[str]:
    """Say what the plan of a results folder has come to, and what departs from it.

    Parameters
    ----------
    results
        A results folder.

    Returns
    -------
    list of str
        Lines for a terminal; empty without a plan.
    """
    if (plan := planned(results)) is None:
        return []
    from emobench.leaderboard.tables.plans.sentences import plan_lines as lines

    return lines(plan)


def planned(results: Path) -> PlanOutcome | None:
    """Compute what came of the plan that was frozen in a results folder.

    Parameters
    ----------
    results
        A results folder.

    Returns
    -------
    PlanOutcome or None
        Every planned comparison with p after Holm over all of them; None without a plan.
    """
    from emobench.store.records import PLANS

    if not (Path(results) / PLANS).is_dir():
        return None
    from emobench.leaderboard.plans.outcomes import plan_outcome

    return plan_outcome(Path(results))


def compare(
    results: Path,
    first: str,
    second: str,
    measure: str = "macro_f1",
    dataset: str | None = None,
    protocol: str | None = None,
    margin: float | None = None,
) -> list[Pair]:
    """Compare two models on the same utterances, wherever both are stored and done.

    Parameters
    ----------
    results
        A results folder.
    first, second
        Labels as the leaderboard prints them: ``name``, or ``name (as_published)``; a model's bare
        name where only one row has it.
    measure
        A measure by its column in ``leaderboard.csv``; ``ece`` has no interval to compare with.
    dataset, protocol
        Only this corpus, as the leaderboard prints it or its bare name; only this protocol.
    margin
        A difference that does not matter: whether the models are shown to differ by less.

    Returns
    -------
    list of Pair
        One per dataset, track, protocol, regime and condition that both have.

    Raises
    ------
    emobench.errors.RequestError
        A name is unknown or stands for several rows, or the two have no finished setting in common.
    """
    from emobench.leaderboard.results.model_pairs import pairs

    return pairs(Path(results), first, second, measure, dataset, protocol, margin)


def power(
    results: Path,
    models: Sequence[str] = (),
    dataset: str | None = None,
    protocol: str | None = None,
    measure: str = "macro_f1",
) -> list[Prospect]:
    """Say what differences between models the stored results would find, for each pair of them.

    Parameters
    ----------
    results
        A results folder.
    models
        Labels as the leaderboard prints them, or bare names; empty for all that read an input.
    dataset, protocol
        Only this corpus, as the leaderboard prints it or its bare name; only this protocol.
    measure
        A measure by its column in ``leaderboard.csv``.

    Returns
    -------
    list of Prospect
        One per dataset, track, protocol, regime and pair, under the main condition.

    Raises
    ------
    emobench.errors.RequestError
        A name is unknown, or no two of the models are finished on the same test utterances.
    """
    from emobench.leaderboard.results.comparisons.prospects import prospects

    return prospects(Path(results), models, dataset, protocol, measure)


def class_reports(results: Path, choice: RowChoice, seed: int | None = None) -> list[str]:
    """Print precision, recall and F1 of every class as text, one text for each row.

    Parameters
    ----------
    results
        A results folder.
    choice
        The rows.
    seed
        Only this seed; None takes the mean over seeds.

    Returns
    -------
    list of str
        In the manner of scikit-learn's ``classification_report``, with a title and a footnote.

    Raises
    ------
    emobench.errors.RequestError
        A name is unknown, or no seed of the row has all its predictions.
    """
    from emobench.leaderboard.report.terminal.class_lines import class_texts

    return class_texts(Path(results), choice, seed)


def class_tables(results: Path, choice: RowChoice, seed: int | None = None) -> list[dict[str, Any]]:
    """Return what `class_reports` prints in plain numbers, a table for each row.

    Parameters
    ----------
    results
        A results folder.
    choice
        The rows.
    seed
        Only this seed; None takes the mean over seeds.

    Returns
    -------
    list of dict
        ``row``, ``seeds``, ``classes`` and ``averages`` (``name``, ``precision``, ``recall``,
        ``f1``, ``support``) and ``never_true``.

    Raises
    ------
    emobench.errors.RequestError
        A name is unknown, or no seed of the row has all its predictions.
    """
    from emobench.leaderboard.report.terminal.class_lines import class_tables as tables

    return tables(Path(results), choice, seed)


def samples(
    results: Path, choice: RowChoice, count: int, seed: int = 0, training_seed: int | None = None
) -> list[RowSample]:
    """Draw some test utterances of each row, with what is true and what was predicted.

    Parameters
    ----------
    results
        A results folder.
    choice
        The rows.
    count
        Number of utterances of each row.
    seed
        Of the draw.
    training_seed
        Seed of the training that predicts; None takes the first that is stored.

    Raises
    ------
    emobench.errors.RequestError
        A name is unknown, or no seed of the row has all its predictions.
    """
    from emobench.leaderboard.results.sample import row_samples

    return row_samples(Path(results), choice, count, seed, training_seed)


def explain(results: Path, number: str) -> Explanation:
    """Recompute a number of the page from the stored predictions.

    Parameters
    ----------
    results
        A results folder.
    number
        Its ID: the address or the short one, as `numbers` lists them and the page carries them.

    Raises
    ------
    emobench.errors.RequestError
        There is no such number; the message proposes near ones, or says why it is blank.
    """
    from emobench.leaderboard.pedigree.explanation import explain as recompute

    return recompute(Path(results), number)


def numbers(
    results: Path, dataset: str | None = None, protocol: str | None = None
) -> list[SectionNumbers]:
    """Return the IDs of all numbers that can be explained, section by section.

    Parameters
    ----------
    results
        A results folder.
    dataset, protocol
        Only this corpus, as the leaderboard prints it or its bare name; only this protocol.

    Raises
    ------
    emobench.errors.RequestError
        Nothing is stored there, or a name is unknown.
    """
    from emobench.leaderboard.pedigree.explanation import section_numbers

    return section_numbers(Path(results), dataset, protocol)
