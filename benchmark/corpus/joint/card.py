"""The card of a joint corpus, put together from its members' cards."""

from __future__ import annotations

from collections.abc import Sequence

from emobench.corpus.corpus import Corpus
from emobench.corpus.joint.part import Part
from emobench.interface.card import DatasetCard


def joint_card(
    parts: Sequence[Part],
    classes: tuple[str, ...],
    modalities: tuple[str, ...],
    main: Corpus | None,
) -> DatasetCard:
    """Combine the members' citations, licences, splits and defects.

    Parameters
    ----------
    parts
        The members, a main corpus first.
    classes, modalities
        Classes and modalities of the joint corpus.
    main
        The main corpus, if the others only add to its train.
    """
    own = main.dataset.card if main is not None else None
    return DatasetCard(
        name="joint",
        title="Joint corpus of "
        + "; ".join(f"{_used(p)}: {p.corpus.dataset.card.title}" for p in parts)
        if own is None
        else f"{own.title}; in train also "
        + "; ".join(f"{_used(p)}: {p.corpus.dataset.card.title}" for p in parts[1:]),
        authors="; ".join(_citation(p) for p in parts),
        classes=classes,
        canonical=own.canonical if own is not None else {c: c for c in classes},
        modalities=modalities,
        licence="; ".join(f"{p.label}: {p.corpus.dataset.card.licence.rstrip('.')}" for p in parts),
        obtain=" ".join(f"{p.label}: {p.corpus.dataset.card.obtain}" for p in parts),
        split=_split(parts, own),
        folds=own.folds if own is not None else 1,
        fold_by=own.fold_by if own is not None else "group",
        unit=own.unit if own is not None else _unit(parts),
        metric=own.metric if own is not None else "macro_f1",
        defects=tuple(f"{p.label}: {d}" for p in parts for d in p.corpus.dataset.card.defects),
    )


def _unit(parts: Sequence[Part]) -> str:
    """The members' units; none where a member names none, as its groups need not be one."""
    units = [part.corpus.dataset.card.unit for part in parts if not part.auxiliary]
    return " or ".join(dict.fromkeys(units)) if all(units) else ""


def _used(part: Part) -> str:
    return f"{part.label} ({' and '.join(part.modalities)})"


def _citation(part: Part) -> str:
    card = part.corpus.dataset.card
    year = f" ({card.year})" if card.year else ""
    link = f", {card.link}" if card.link else ""
    return f"{part.label}: {card.authors or card.title}{year}{link}"


def _split(parts: Sequence[Part], own: DatasetCard | None) -> str:
    """Describe the split, and the classes left out of each member."""
    sentences = []
    if own is not None:
        sentences.append(own.split)
        added = ", ".join(f"{len(p.rows)} utterances of {_used(p)}" for p in parts if p.auxiliary)
        sentences.append(
            f"Train also has {added}: the train part of their standard splits. Dev and test are "
            f"those of {parts[0].label} alone."
        )
    else:
        sentences.append("Every member's standard split, and of several folds the first.")
        sentences += [f"{_name(p)}: {p.corpus.dataset.card.split}" for p in parts]
    for part in parts:
        if part.dropped:
            classes = ", ".join(f"{n} of {c}" for c, n in sorted(part.dropped.items()))
            sentences.append(f"Left out of {part.label}, for want of a common class: {classes}.")
    return " ".join(sentences)


def _name(part: Part) -> str:
    label = part.label
    if part.auxiliary:
        return f"{label} (its train part, added to train)"
    folds = part.corpus.dataset.card.folds
    return f"{label} (first of {folds} folds)" if folds > 1 else label
