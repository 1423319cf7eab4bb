"""Compares the files of a corpus with what its card promises.

``emobench data verify`` prints every finding; ``emobench run`` and the page those that say that
something is wrong or doubtful (`Finding.suspicious`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from emobench.corpus.anonymity import named
from emobench.corpus.corpus import Corpus, names_in
from emobench.corpus.leakage.duplicates import Duplicates, find_duplicates, refuse_duplicates
from emobench.corpus.leakage.label_columns import label_columns
from emobench.corpus.precedence import precedence
from emobench.corpus.preparation.clip_policy import unusable_modalities
from emobench.corpus.preparation.extract import NOT_HERE, Prepared
from emobench.corpus.split import Split, policy, split
from emobench.corpus.unknown_words import unknown_words
from emobench.errors import DataError
from emobench.wording import EVERYBODY, NOBODY

LIKE = {"text": "but for case and punctuation like", "vision": "near-duplicates of"}
ALL = "all"
"""Name of the part on a card whose standard split has folds."""


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Parameters
    ----------
    verdict
        ``ok``; ``note``: true of this corpus and worth knowing; ``doubt``: scores may not mean what
        the user thinks; ``wrong``: not as it should be.
    text
        The result in words.
    ids
        The utterances concerned, all of them.
    about_clips
        Whether it counts clips that cannot be used, which runs name one by one.
    """

    verdict: str
    text: str
    ids: tuple[str, ...] = ()
    about_clips: bool = False

    @property
    def suspicious(self) -> bool:
        """Whether a score of this corpus has to be doubted."""
        return self.verdict in ("doubt", "wrong")


def verify(
    target: Prepared,
    folds: Sequence[Split] | None = None,
    duplicates: Sequence[Duplicates] | None = None,
) -> list[Finding]:
    """Check counts, unreadable files, duplicates, and speakers in several parts.

    Every source of `target` has been read (`emobench.corpus.preparation.extract.prepare`).

    Parameters
    ----------
    target
        The prepared corpus.
    folds
        The split; by default the corpus's own.
    duplicates
        Duplicates of each fold, where they are known already.
    """
    corpus = target.corpus
    if folds is None:
        rule = policy(corpus, None)
        folds = [split(corpus, rule, fold) for fold in range(rule.folds)]
    if duplicates is None:
        duplicates = [find_duplicates(target, parts) for parts in folds]
    found = [_modalities(target), *_counts(corpus, folds), *_missing(target), *_unreadable(target)]
    found += [Finding("note", text) for text in precedence(target)]
    found += [Finding("doubt", text) for text in corpus.dataset.doubts(corpus.table)]
    found += [Finding("doubt", text) for text in unknown_words(target, folds[0])]
    found += [Finding("doubt", text) for text in label_columns(target)]
    found += [Finding("note", text) for text in corpus.dataset.oddities(corpus.table)]
    found += _shared(corpus, folds)
    found += _split_refusal(target, folds, duplicates)
    found += _copies_in_train(target, duplicates)
    found += [f for m in corpus.modalities if m != "text" for f in _repeated_recordings(target, m)]
    return found


def _modalities(target: Prepared) -> Finding:
    corpus = target.corpus
    counts = dict(zip(corpus.modalities, target.available.sum(axis=0), strict=True))
    absent = [m for m in corpus.dataset.card.modalities if m not in counts]
    here = ", ".join(f"{m} in {n:,}" for m, n in counts.items())
    text = f"{len(corpus.table):,} utterances: {here}"
    return Finding("note" if absent else "ok", text + _absent_modalities(absent))


def _absent_modalities(absent: list[str]) -> str:
    return f"; no {' and no '.join(absent)} files here" if absent else ""


def _counts(corpus: Corpus, folds: Sequence[Split]) -> list[Finding]:
    """Utterances per part and class against the card's."""
    card = corpus.dataset.card
    if not card.counts:
        return [Finding("note", "no counts were published to compare with")]
    found = []
    rows = {"train": folds[0].train, "dev": folds[0].dev, "test": folds[0].test}
    rows[ALL] = np.arange(len(corpus.table))
    for part, expected in card.counts.items():
        here = _by_class(corpus, corpus.table["label"].iloc[rows[part]])
        wrong = {c: (here[c], n) for c, n in expected.items() if here[c] != n}
        text = f"{part}: {len(rows[part]):,} utterances"
        if wrong:
            differ = ", ".join(f"{c} {a:,} instead of {b:,}" for c, (a, b) in wrong.items())
            found.append(Finding("wrong", f"{text}; {differ}"))
        else:
            found.append(Finding("ok", f"{text}, every class as published"))
    return found


def _by_class(corpus: Corpus, labels: pd.Series) -> Counter[str]:
    if corpus.multilabel:
        return Counter(name for label in labels for name in names_in(label))
    return Counter(labels)


def _missing(target: Prepared) -> list[Finding]:
    absent = tuple(p.clip for p in target.problems if p.problem == NOT_HERE)
    text = f"{len(absent):,} of the complete corpus are not among the files"
    return [Finding("wrong", text, absent, about_clips=True)] if absent else []


def _unreadable(target: Prepared) -> list[Finding]:
    broken = [p for p in target.problems if p.problem != NOT_HERE]
    whole = [Finding("wrong", text) for text in unusable_modalities(target)]
    if not broken:
        return whole or [Finding("ok", "every file could be read")]
    kinds = Counter(p.policy for p in broken)
    text = ", ".join(f"{n:,} clips: {kind}" for kind, n in kinds.items())
    clips = tuple(f"{p.clip}: {p.problem}" for p in broken)
    return [Finding("wrong", text, clips, about_clips=True), *whole]


def _shared(corpus: Corpus, folds: Sequence[Split]) -> list[Finding]:
    """Speakers and groups in both train and test."""
    found = []
    for column in ("speaker", "group"):
        if column == "speaker" and (who := named(corpus)) != EVERYBODY:
            rows = "no row names" if who == NOBODY else "not every row names"
            text = f"{rows} its speaker; sharing by train and test is unknown"
            found.append(Finding("note", text))
            continue
        values = corpus.table[column].to_numpy()
        if column == "group" and (values == corpus.table["speaker"].to_numpy()).all():
            continue
        shared: set[str] = set()
        tested = hit = 0
        for parts in folds:
            both = set(values[parts.train]) & set(values[parts.test])
            shared |= both
            tested += len(parts.test)
            hit += int(np.isin(values[parts.test], list(both)).sum())
        if not shared:
            found.append(Finding("ok", f"no {column} is in both train and test"))
            continue
        text = (
            f"{len(shared):,} {column}s are in both train and test; {hit / tested:.1%} of the test "
            "utterances are theirs"
        )
        found.append(Finding("note", text, tuple(sorted(map(str, shared)))))
    return found


def _split_refusal(
    target: Prepared, folds: Sequence[Split], duplicates: Sequence[Duplicates]
) -> list[Finding]:
    """Reasons for which a run would refuse the split."""
    if not target.corpus.dataset.card.drawn:
        return []
    try:
        for fold, (parts, found) in enumerate(zip(folds, duplicates, strict=True)):
            refuse_duplicates(target, parts, found, f"fold {fold}")
    except DataError as error:
        return [Finding("wrong", str(error))]
    return []


def _copies_in_train(target: Prepared, each: Sequence[Duplicates]) -> list[Finding]:
    """Test utterances with an exact copy in train."""
    corpus, ids = target.corpus, target.corpus.ids
    tested = sum(c.tested for c in each)
    found = []
    for modality in corpus.modalities:
        rows = np.concatenate([c.exact[modality] for c in each])
        if not len(rows):
            found.append(Finding("ok", f"no {modality} of test is in train too"))
            continue
        distinct = len(np.unique(target.content(modality)[rows]))
        text = (
            f"{modality}: {len(rows):,} test utterances ({len(rows) / tested:.1%}) are exact "
            f"copies of train utterances, {distinct:,} distinct"
        )
        found.append(Finding("note", text, tuple(ids[r] for r in rows)))
    return found + _near_duplicates(corpus, each, tested)


def _near_duplicates(corpus: Corpus, each: Sequence[Duplicates], tested: int) -> list[Finding]:
    found, ids = [], corpus.ids
    for modality in each[0].alike:
        exact = sum(len(c.exact[modality]) for c in each)
        rows = np.concatenate([c.alike[modality] for c in each])
        if len(rows) > exact:
            text = (
                f"{modality}: {len(rows) - exact:,} more test utterances are {LIKE[modality]} one "
                f"in train ({len(rows) / tested:.1%} with the copies)"
            )
            found.append(Finding("note", text, tuple(ids[r] for r in rows)))
    return found


def _repeated_recordings(target: Prepared, modality: str) -> list[Finding]:
    """Utterances anywhere in the corpus with the same recording."""
    keys = pd.Series(target.content(modality), index=target.corpus.ids)
    keys = keys[keys != 0]
    twice = keys[keys.duplicated(keep=False)]
    if not len(twice):
        return [Finding("ok", f"no {modality} occurs twice")]
    groups = [" = ".join(map(str, ids)) for ids in twice.groupby(twice).groups.values()]
    occur = "occurs" if len(groups) == 1 else "occur"
    text = f"{modality}: {len(groups):,} {occur} more than once, in {len(twice):,} utterances"
    return [Finding("note", text, tuple(groups))]
