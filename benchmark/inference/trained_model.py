"""A trained model with the preparation of its inputs, ready for new clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emobench.errors import DataError, RequestError, unknown
from emobench.grid.plan.request import BAD_CLIPS
from emobench.inference.acquaintance import acquaintances
from emobench.inference.answer import PROBLEM, Answer, answered, scored
from emobench.inference.clips import Manifest, prepared_clips, problems_of
from emobench.inference.description import Description
from emobench.inference.forward_pass import forward_pass
from emobench.inference.parts import Parts
from emobench.interface.dataset import ClipForm
from emobench.interface.model import Model
from emobench.wording import and_more, counted

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[str, int, int], None]


class TrainedModel:
    """A model as a training left it, from a results folder or an exported folder; see `load`.

    Parameters
    ----------
    about
        What it is.
    parts
        What it is made of.
    notes
        Sentences on how it was loaded.
    """

    def __init__(self, about: Description, parts: Parts, notes: Sequence[str] = ()) -> None:
        self.about, self.parts, self.notes = about, parts, tuple(notes)

    @property
    def title(self) -> str:
        """Which training it is, in words: row, corpus, track, regime, fold, seed and key."""
        return self.about.title

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes in the order of the logits."""
        return self.about.task.classes

    @property
    def inputs(self) -> dict[str, tuple[str, ...]]:
        """Modality to the representations that it reads."""
        return {m: tuple(reps) for m, reps in self.about.task.inputs.items()}

    @property
    def scores(self) -> dict[str, float]:
        """What this training alone scored on the test part of its fold, by measure.

        Empty if its predictions are not stored. `row_scores` has the mean of all trainings.
        """
        return {one.measure: one.value for one in self.about.own_scores}

    @property
    def row_scores(self) -> dict[str, float]:
        """What its row scored on the leaderboard: the mean of its trainings, by measure."""
        return {one.measure: one.value for one in self.about.scores}

    @property
    def model(self) -> Model:
        """The network itself, a torch module in evaluation mode."""
        return self.parts.network

    def predict(
        self,
        clips: Manifest,
        *,
        bad_clips: str = "absent",
        jobs: int | None = None,
        quiet: bool = False,
    ) -> pd.DataFrame:
        """Predict new clips: ``emobench predict``.

        Parameters
        ----------
        clips
            A table (CSV, Excel, JSON, Parquet) or a folder of media, with options behind its path;
            or a data frame or a list of dictionaries with such rows.
        bad_clips
            ``absent``: what of a clip cannot be read counts as missing, and is named in
            ``problem``; ``fail``: nothing is predicted then.
        jobs
            Worker processes that read clips. Default: one for few clips, else one per core.
        quiet
            Whether notes are not printed.

        Returns
        -------
        DataFrame
            A row per clip: ``id, predicted, p_CLASS…, logit_CLASS…, present_MODALITY…, truth`` (if
            any label is there) and ``problem``. Its ``attrs`` have ``training``, ``notes`` and, of
            labelled clips, ``scores``.

        Raises
        ------
        RequestError
            The clips cannot be read at all, or lack what the model cannot do without.
        """
        answer = self.answer(clips, bad_clips=bad_clips, jobs=jobs)
        if not quiet:
            print("\n".join(filter(None, [*answer.notes, answer.score_sentence])), flush=True)
        frame = answer.frame
        frame.attrs |= {"training": self.title, "notes": list(answer.notes)}
        if answer.scored:
            frame.attrs["scores"] = answer.scores | {"clips": answer.scored}
        return frame

    def answer(
        self,
        clips: Manifest,
        *,
        bad_clips: str = "absent",
        jobs: int | None = None,
        progress: Progress | None = None,
    ) -> Answer:
        """Predict new clips as `predict` does, and return the notes and the score beside them."""
        if bad_clips not in BAD_CLIPS:
            raise unknown("policy for bad clips", bad_clips, BAD_CLIPS)
        about, preparation = self.about, self.parts.preparation
        form = ClipForm(self.classes, about.task.multilabel, preparation.sources, preparation.names)
        device = str(next(iter(self.model.parameters()), np.zeros(0)).device)
        with prepared_clips(clips, form, preparation.extracted, jobs, device, progress) as target:
            corpus = target.corpus
            self._check(corpus.table, corpus.sources)
            found = problems_of(target, corpus.ids)
            if bad_clips == "fail":
                _refuse_problems(corpus.ids, found)
            rows = np.arange(len(corpus.table))
            out = forward_pass(self.model, about.task, preparation, target, rows, self._reads_all)
            frame = answered(
                out.table, about.task, corpus.ids, out.present,
                corpus.table["label"].astype(str).tolist(), self._problems(found, out.present),
            )  # fmt: skip
            doubts = [*corpus.dataset.doubts(corpus.table), *corpus.dataset.oddities(corpus.table)]
        scores, count, others = scored(frame, about.task)
        notes = [
            f"{self.title} speaks.",
            *self.notes,
            *self._defects(),
            *doubts,
            *self._missing(out.absent, corpus.sources),
            *acquaintances(corpus.ids, about.parts),
            *others,
        ]
        return Answer(frame, (*notes, *_told(frame)), scores, count)

    def export(
        self, folder: str | Path, *, push_to_hub: str | None = None, private: bool = True
    ) -> Path:
        """Write the model as a folder that needs no corpus: ``emobench export``.

        Parameters
        ----------
        folder
            A new or empty folder, or one that an earlier export wrote.
        push_to_hub
            A repository of the Hugging Face Hub, ``USER/NAME``, to which the folder is uploaded.
        private
            Whether a repository that does not exist yet is made for its owner alone.

        Returns
        -------
        Path
            The folder.
        """
        from emobench.inference.exports.hub import push_folder
        from emobench.inference.exports.writer import write_export

        written = write_export(self.about, self.parts, Path(folder))
        if push_to_hub is not None:
            push_folder(written, push_to_hub, private)
        return written

    @property
    def _reads_all(self) -> bool:
        return set(self.about.task.inputs) == set(self.about.modalities)

    def _check(self, table: Any, sources: Any) -> None:
        """Refuse clips that lack what the model cannot do without, in all of them."""
        about, wanted = self.about, self.parts.preparation.sources
        lost = [m for m in about.requires if m in wanted and m not in sources]
        if not lost and wanted and not sources:
            lost = list(wanted)
        if lost:
            raise RequestError(
                f"No clip has {' or '.join(_reading(m, wanted[m]) for m in lost)}, without which "
                f"{about.label} cannot predict."
            )
        if self.parts.preparation.standardise == "speaker" and (table["speaker"] == "").any():
            raise RequestError(
                f"{about.label} was trained with each speaker's own mean and scale (regime "
                f"{about.regime}): every clip needs a speaker, in a column speaker."
            )

    def _problems(self, found: Any, present: Any) -> Any:
        """Problems of clips, with those that nothing can be read of."""
        problems = found.copy()
        if not self.about.task.inputs:
            return problems
        for i in np.flatnonzero(~present.any(axis=1)):
            reads = " or ".join(self.about.task.modalities)
            said = f"there is no {reads} to read"
            if not self._reads_all:
                said += ", so this is a guess without any input"
            problems[i] = "; ".join(filter(None, [problems[i], said]))
        names = self.about.task.modalities
        for needed in (m for m in self.about.requires if m in names):
            lacking = present.any(axis=1) & ~present[:, names.index(needed)]
            for i in np.flatnonzero(lacking):
                said = f"it lacks {needed}, which {self.about.label} requires"
                problems[i] = "; ".join(filter(None, [problems[i], said]))
        return problems

    def _defects(self) -> list[str]:
        """A sentence on a variant that is not ours to mend."""
        if self.about.spec.variant == "corrected":
            return []
        return [
            f"The variant {self.about.spec.variant} has the defects of its authors' code: what it "
            "says of a clip can depend on the clips beside it."
        ]

    def _missing(self, absent: Sequence[str], sources: Any) -> list[str]:
        """Sentences on modalities that no clip has; `sources`: those that clips name at least."""
        wanted, about = self.parts.preparation.sources, self.about
        told = []
        for modality in absent:
            rest = (
                "which it met in training"
                if about.absences
                else (f"and in its training (regime {about.regime}) nothing was missing on purpose")
            )
            lack = f"No clip has {_reading(modality, wanted[modality])}"
            if modality in sources:
                lack = f"{modality.capitalize()} can be read of no clip"
            told.append(f"{lack}: {modality} is erased in all, {rest}.")
        return told

    def __repr__(self) -> str:
        reads = ", ".join(f"{m} as {' and '.join(names)}" for m, names in self.inputs.items())
        lines = [self.title, f"reads {reads or 'nothing'}", f"classes: {', '.join(self.classes)}"]
        about = self.about
        if self.scores:
            lines.append(
                f"this training, on the {about.own_n_test:,} test utterances of fold "
                f"{about.spec.fold}: {_figures(self.scores)}"
            )
        if self.row_scores and (about.trainings > 1 or not self.scores):
            lines.append(f"its row, {about.mean_of}: {_figures(self.row_scores)}")
        return "\n".join([*lines, *self.notes])


def _figures(scores: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in scores.items())


COLUMNS = {
    "transcript": "a column text",
    "waveform": "a column audio or video",
    "frames": "a column video or image",
}
"""Source to the columns that give it."""


def _reading(modality: str, sources: tuple[str, ...]) -> str:
    """A modality, and the columns that would give it."""
    return f"{modality} ({' and '.join(COLUMNS.get(s, f'a column {s}') for s in sources)})"


def _refuse_problems(ids: Sequence[str], problems: Any) -> None:
    bad = [f"{i}: {p}" for i, p in zip(ids, problems, strict=True) if p]
    if bad:
        one = len(bad) == 1
        raise DataError(
            f"{counted(len(bad), 'clip')} cannot be used as {'it is' if one else 'they are'}: "
            f"{and_more(bad, 10, '; ')}. Mend {'it' if one else 'them'}, or use "
            "`--bad-clips absent`."
        )


def _told(frame: pd.DataFrame) -> list[str]:
    """A sentence on clips with a problem."""
    bad = frame[frame[PROBLEM] != ""]
    if bad.empty:
        return []
    told = [f"{i}: {p}" for i, p in zip(bad["id"], bad[PROBLEM], strict=True)]
    silent = int(frame.filter(regex="^logit_").isna().any(axis=1).sum())
    left = f"; {counted(silent, 'clip')} got no class" if silent else ""
    return [
        f"{counted(len(bad), 'clip')} of {len(frame):,} with a problem{left}: "
        f"{and_more(told, 5, '; ')}."
    ]
