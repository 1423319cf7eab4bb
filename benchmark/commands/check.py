"""The contracts of models and of what else one adds, checked: ``emobench check``."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from emobench.commands.examinations import sorted_out
from emobench.corpus.folders import cache_folder, folders
from emobench.errors import unknown
from emobench.interface.card import TRACKS, VARIANTS, Card
from emobench.study.backbone import with_backbones

if TYPE_CHECKING:
    import pandas as pd

    from emobench.contract.extensions.examination import Examination
    from emobench.contract.subject import Subject
    from emobench.contract.suite import Result

CHOICES = (*VARIANTS, "both")


class Check:
    """What is to be checked; `run` checks one variant of one model, `examine` all else.

    The verdict on a model that is not built in is stored, so that `emobench run` can report it.

    Parameters
    ----------
    words
        Names and paths: of models, representations, corpora and protocols.
    variant
        ``corrected``, ``as_published``, or ``both`` that a card has.
    checks
        Names of checks, separated by commas; None for all.
    track
        ``controlled`` or ``published``.
    backbones
        Each ``MODALITY=NAME_OR_FOLDER``.
    cache_dir
        Where verdicts and prepared data are stored.
    data_dir
        Where corpora are read.

    Raises
    ------
    RequestError
        A name, a variant, a track or a check is unknown.

    Attributes
    ----------
    subjects
        The variants of models to check.
    without
        Models that have not the variant.
    others
        The examinations of what is no model.
    """

    def __init__(
        self,
        words: Sequence[str],
        variant: str = "both",
        checks: str | None = None,
        track: str = "controlled",
        backbones: Sequence[str] = (),
        cache_dir: Path | None = None,
        data_dir: Path | None = None,
    ) -> None:
        if variant not in CHOICES:
            raise unknown("variant", variant, CHOICES)
        if track not in TRACKS:
            raise unknown("track", track, TRACKS)
        # Two threads on a busy machine are slower than one; this comes before torch is imported.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        chosen, self.others = sorted_out(words, folders(data_dir, cache_dir))
        if backbones:
            chosen = with_backbones(chosen, tuple(backbones))
        self._wanted = _chosen(checks, bool(chosen), self.others)
        self.others = [one for one in self.others if self._of(one.checks)]
        self._cache = cache_folder(cache_dir)
        self.names: tuple[str, ...] = ()
        self.subjects: list[Subject] = []
        self.without: list[str] = []
        if not chosen:
            return

        from emobench.contract.subject import subjects_of
        from emobench.contract.suite import CHECKS

        self.names = self._of(CHECKS)
        if not self.names:
            return
        self.subjects = subjects_of(chosen, variant, track)
        for entry, _ in chosen:
            assert isinstance(entry.card, Card)
            if variant not in ("both", *entry.card.variants):
                self.without.append(entry.name)

    def run(self, subject: Subject) -> Iterator[Result]:
        """Check one of `subjects`, yielding each result at once; then store the verdict."""
        from emobench.contract.suite import run_suite

        results = []
        for result in run_suite(subject, self.names):
            yield result
            results.append(result)
        self._store(subject, results)

    def examine(self, one: Examination) -> Iterator[Result]:
        """Check one of `others`, yielding each result at once."""
        from emobench.contract.extensions.examination import examine

        yield from examine(one, self._of(one.checks))

    def _of(self, known: Iterable[str]) -> tuple[str, ...]:
        """Of the checks that something has those that were typed, in its own order."""
        return tuple(name for name in known if self._wanted is None or name in self._wanted)

    def _store(self, subject: Subject, results: list[Result]) -> None:
        """Store the verdict. A pass is only stored if every check was run."""
        from emobench.contract.verdicts import is_built_in, write_verdict

        failed = tuple(result.check for result in results if result.verdict == "FAILED")
        if is_built_in(subject.entry) or not (self._wanted is None or failed):
            return
        words = subject.options, subject.variant, subject.track
        with contextlib.suppress(OSError):  # only the verdict on the page is lost
            write_verdict(self._cache, subject.entry, *words, failed)


class Checked(NamedTuple):
    """A check and what came of it, as programs get it; the names are documented, and stay."""

    model: str
    variant: str
    track: str
    row: str
    check: str
    verdict: str
    seconds: float
    note: str


def checked_model(one: Subject, found: Result) -> Checked:
    """A check of a variant of a model."""
    name, variant, track = one.entry.name, one.variant, one.track
    return Checked(
        name, variant, track, one.label, found.check, found.verdict, found.seconds, found.note
    )


def checked_other(one: Examination, found: Result) -> Checked:
    """A check of what is no model, which has neither variant nor track."""
    label = one.label
    return Checked(label, "", "", label, found.check, found.verdict, found.seconds, found.note)


@dataclass(frozen=True)
class CheckResult:
    """What a check came to.

    Parameters
    ----------
    frame
        A row per check: ``model``, ``variant``, ``track``, ``row``, ``check``, ``verdict``
        (``passed``, ``FAILED``, ``known failure``, ``not applicable``), ``seconds``, ``note``.
        What is no model has its label as ``model`` and ``row``, and neither variant nor track.
    without
        Models that have not the variant, and were not checked.
    """

    frame: pd.DataFrame
    without: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything is as declared."""
        return not len(self.failures)

    @property
    def failures(self) -> pd.DataFrame:
        """The rows of `frame` that failed."""
        return self.frame[self.frame["verdict"] == "FAILED"].reset_index(drop=True)

    def __repr__(self) -> str:
        counts = Counter(self.frame["verdict"])
        told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        lines = [f"{row.row}: {row.check}: {row.note}" for row in self.failures.itertuples()]
        return "\n".join([told, *lines])

    def _repr_html_(self) -> str:
        return self.frame.to_html(index=False)


def check(
    names: str | Path | Sequence[str | Path],
    variant: str = "both",
    checks: str | Sequence[str] | None = None,
    track: str = "controlled",
    backbone: str | Sequence[str] = (),
    cache_dir: str | Path | None = None,
    data_dir: str | Path | None = None,
) -> CheckResult:
    """Check that what one adds keeps its contract, as ``emobench check`` does.

    The parameters are the command's; where it takes names joined by commas, a list does too.

    Raises
    ------
    RequestError
        A name, a variant, a track or a check is unknown.
    """
    import pandas as pd

    from emobench.study.threads import one_thread

    words = _words(backbone)
    named = None if checks is None else ",".join(_words(checks))
    cache = None if cache_dir is None else Path(cache_dir)
    data = None if data_dir is None else Path(data_dir)
    with one_thread():
        plan = Check(_words(names), variant, named, track, words, cache, data)
        rows = [checked_model(one, found) for one in plan.subjects for found in plan.run(one)]
        rows += [checked_other(one, found) for one in plan.others for found in plan.examine(one)]
    return CheckResult(pd.DataFrame(rows, columns=list(Checked._fields)), tuple(plan.without))


def _chosen(checks: str | None, models: bool, others: list[Examination]) -> tuple[str, ...] | None:
    """The checks that were typed, each of which something has; None where none was."""
    if checks is None:
        return None
    from emobench.contract.suite import CHECKS, chosen_checks

    own = [name for one in others for name in one.checks]
    return chosen_checks(checks, tuple(dict.fromkeys([*(CHECKS if models else ()), *own])))


def _words(given: str | Path | Sequence[str | Path]) -> list[str]:
    several = [given] if isinstance(given, str | Path) else given
    return [str(one) for one in several]
