"""What a corpus holds: classes, speakers and lengths of its parts, and pictures of it."""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.data.access import shown_by_default
from emobench.errors import RequestError, Skip, unknown
from emobench.wording import SOME, counted

if TYPE_CHECKING:
    import pandas as pd

    from emobench.corpus.description.counts import Lengths
    from emobench.corpus.preparation.extract import Prepared
    from emobench.corpus.split import Split

FORMS = ("png", "svg")


@dataclass(frozen=True)
class Wanted:
    """What was asked for.

    Parameters
    ----------
    output
        Folder of the figures; None draws none.
    names
        Representations; empty for all that can be shown.
    fold
        The fold whose parts are shown.
    form
        ``png`` or ``svg``.
    """

    output: Path | None
    names: tuple[str, ...] = ()
    fold: int = 0
    form: str = "png"

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise unknown("form of figures", self.form, FORMS)
        if self.output is not None and self.output.exists() and not self.output.is_dir():
            raise RequestError(f"--output {self.output} is a file; name a folder.")


@dataclass(frozen=True)
class Description:
    """What ``emobench data describe`` prints.

    Parameters
    ----------
    corpus, title
        The corpus with its options, and what it is.
    fold, folds
        The fold whose parts are shown, and how many there are.
    split
        How the parts are drawn, in words.
    parts
        Part (``train``, ``dev``, ``test``, ``all``) to its number of utterances.
    counts
        Part to class to utterances; of several classes an utterance counts in each.
    without
        Part to its utterances of no class; None where each has one.
    speakers
        Part to its number of speakers; None if the corpus does not name all of them.
    names_some
        Whether it names some speakers, and not all.
    modalities
        Modality to part to the utterances that have it.
    lengths
        Representation to the lengths of the utterances that have it.
    figures
        The pictures that were drawn.
    remarks
        A sentence on each picture, drawn or not.
    """

    corpus: str
    title: str
    fold: int
    folds: int
    split: str
    parts: dict[str, int]
    counts: dict[str, dict[str, int]]
    without: dict[str, int] | None
    speakers: dict[str, int] | None
    names_some: bool
    modalities: dict[str, dict[str, int]]
    lengths: dict[str, Lengths | None]
    figures: tuple[Path, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def classes(self) -> pd.DataFrame:
        """Utterances by class (down) and part (across)."""
        import pandas as pd

        return pd.DataFrame(self.counts)

    @property
    def frame(self) -> pd.DataFrame:
        """A row per representation: its ``count`` of utterances, and their lengths."""
        import pandas as pd

        from emobench.corpus.description.counts import Lengths

        known = {name: found for name, found in self.lengths.items() if found is not None}
        index = pd.Index(list(known), name="representation")
        columns = [field.name for field in fields(Lengths)]
        return pd.DataFrame(map(asdict, known.values()), index=index, columns=columns)

    def content(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        lengths = {name: asdict(one) if one else None for name, one in self.lengths.items()}
        return {
            "corpus": self.corpus,
            "title": self.title,
            "fold": self.fold,
            "split": self.split,
            "utterances": self.parts,
            "classes": self.counts,
            "speakers": self.speakers,
            "modalities": self.modalities,
            "lengths": lengths,
            "figures": [str(path) for path in self.figures],
        }

    def __repr__(self) -> str:
        head = f"{self.corpus}: {self.title}\n{self.split}"
        return "\n\n".join([head, self.classes.to_string(), self.frame.to_string()])

    def _repr_html_(self) -> str:
        head = html.escape(f"{self.corpus}: {self.title}. {self.split}")
        return f"<p>{head}</p>{self.classes.to_html()}{self.frame.to_html()}"


def description(target: Prepared, wanted: Wanted) -> Description:
    """Count a corpus, and draw its pictures if a folder for them is named.

    Raises
    ------
    RequestError
        There is no such fold.
    """
    from emobench.corpus.anonymity import named
    from emobench.corpus.description.counts import (
        classes_of,
        lengths_of,
        modalities_of,
        parts_of,
        speakers_of,
    )
    from emobench.corpus.split import policy, split
    from emobench.discovery.representations import possible

    corpus = target.corpus
    rule = policy(corpus, None)
    if not 0 <= wanted.fold < rule.folds:
        raise RequestError(
            f"--fold {wanted.fold}: {corpus.request.label} has {counted(rule.folds, 'fold')}, "
            f"0 to {rule.folds - 1}."
        )
    fold = split(corpus, rule, wanted.fold)
    parts = parts_of(fold)
    counts = classes_of(corpus, parts)
    none = None
    if corpus.multilabel:
        none = {p: int((corpus.labels[rows].sum(axis=1) == 0).sum()) for p, rows in parts.items()}
    names = wanted.names or tuple(shown_by_default(corpus))
    figures, remarks = _drawn(target, fold, names, wanted, rule.folds)
    return Description(
        corpus=corpus.request.label,
        title=corpus.dataset.card.title,
        fold=wanted.fold,
        folds=rule.folds,
        split=rule.describe(corpus),
        parts={part: len(rows) for part, rows in parts.items()},
        counts={p: dict(zip(corpus.classes, counts[p].tolist(), strict=True)) for p in parts},
        without=none,
        speakers=speakers_of(corpus, parts),
        names_some=named(corpus) == SOME,
        modalities=modalities_of(target, parts),
        lengths={n: lengths_of(target, n) for n in names if n in possible(corpus.sources)[0]},
        figures=tuple(figures),
        remarks=tuple(remarks),
    )


def _drawn(
    target: Prepared, fold: Split, names: tuple[str, ...], wanted: Wanted, folds: int
) -> tuple[list[Path], list[str]]:
    """Draw the pictures: where they are, and a sentence on each, drawn or not."""
    if wanted.output is None:
        return [], []
    from emobench.corpus.description.counts import classes_of, parts_of
    from emobench.corpus.description.figures import draw_classes

    corpus = target.corpus
    wanted.output.mkdir(parents=True, exist_ok=True)
    title = corpus.request.label + (f", fold {wanted.fold}" if folds > 1 else "")
    path = wanted.output / f"classes.{wanted.form}"
    counts = classes_of(corpus, parts_of(fold))
    draw_classes(counts, corpus.classes, f"{title}: classes", path)
    figures, remarks = [path], [f"drawn: {path}"]
    for name in names:
        path = wanted.output / f"pca_{name}.{wanted.form}"
        try:
            remarks.append(_projection(target, fold, name, title, path))
            figures.append(path)
        except Skip as reason:
            remarks.append(f"not drawn: {name}: {reason}")
    return figures, remarks


def _projection(target: Prepared, fold: Split, name: str, title: str, path: Path) -> str:
    """Draw one representation, and say what was drawn.

    Raises
    ------
    Skip
        It cannot be drawn.
    """
    from emobench.corpus.description.figures import draw_projection
    from emobench.corpus.description.projection import project

    corpus = target.corpus
    view = project(target, fold, name)
    several = ", coloured by the rarest class of each" if corpus.multilabel else ""
    shares = " + ".join(f"{share:.1%}" for share in view.explained)
    draw_projection(
        view, corpus.strata, fold.test, corpus.classes,
        f"{title}: {name}, mean over time of all {len(view.rows):,} utterances{several}; hollow: "
        "test", path,
    )  # fmt: skip
    return (
        f"drawn: {path}: {name}, all {len(view.rows):,} utterances that have it{several}; PCA "
        f"fitted on {view.fitted_on:,} of train explains {shares} of the variance of "
        f"{counted(view.size, 'feature')}"
    )
