"""Refuses to go on where clips cannot be used."""

from __future__ import annotations

import shlex

from emobench.corpus.preparation.extract import NOT_HERE, Prepared
from emobench.errors import DataError


def unusable_modalities(target: Prepared) -> list[str]:
    """A sentence for each modality of which no clip at all can be used, with the first reason."""
    found = []
    for column, modality in enumerate(target.corpus.modalities):
        source = target.corpus.sources[modality][0]
        problems = target.problems_of(source)
        if target.available[:, column].any():
            continue
        if not problems:
            found.append(
                f"No utterance of {target.corpus.request.label} has any {modality}, though files "
                "for it are here: they are of other utterances, or name them in another way. Put "
                f"the right ones there{_way_on(target, modality)}."
            )
        else:
            found.append(
                f"None of the {len(problems):,} {modality} clips of {target.corpus.request.label} "
                f"can be used; the first is {problems[0].clip}: {problems[0].problem}. Mend "
                f"them{_way_on(target, modality)}."
            )
    return found


def _way_on(target: Prepared, modality: str) -> str:
    """How to run without a modality, if there is another one that can be used."""
    modalities = target.corpus.modalities
    others = [m for i, m in enumerate(modalities) if target.available[:, i].any()]
    label = target.corpus.request.label
    if not others:
        return ""
    if target.corpus.request.parts != (target.corpus.request,):
        return f", or name the members without {modality} (text&audio=NAME)"
    words = shlex.quote(f"{'&'.join(others)}={label}")
    return f", or run without {modality}: --dataset {words}"


def check_modalities(target: Prepared) -> None:
    """Refuse to go on if no clip of a modality can be used.

    Raises
    ------
    DataError
        It is so.
    """
    if unusable := unusable_modalities(target):
        raise DataError(" ".join(unusable))


def check_clips(target: Prepared, policy: str) -> None:
    """Refuse to go on with unusable clips if the policy is ``fail``.

    Raises
    ------
    DataError
        The policy is ``fail`` and there are problems, or no clip of a modality can be used, or no
        utterance has any modality.
    """
    check_modalities(target)
    broken = [p for p in target.problems if p.problem != NOT_HERE]
    if policy == "fail" and broken:
        listed = "; ".join(f"{p.clip}: {p.problem}" for p in broken[:10])
        raise DataError(
            f"{len(broken)} clips of {target.corpus.request.label} cannot be used as "
            f"they are ({listed}). Mend them, or run with --bad-clips absent."
        )
    if not target.available.any():
        raise DataError(f"No clip of {target.corpus.request.label} can be used.")
