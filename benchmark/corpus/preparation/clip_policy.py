"""Refuses to go on where clips cannot be used."""

from __future__ import annotations

import json

from emobench.corpus.preparation.extract import NOT_HERE, Prepared
from emobench.errors import DataError


def unusable_modalities(target: Prepared) -> list[str]:
    """A sentence for each modality of which no clip at all can be used, with the first reason."""
    found = []
    for column, modality in enumerate(target.corpus.modalities):
        source = target.corpus.sources[modality][0]
        problems = json.loads((target.source(source) / "problems.json").read_text())
        if problems and not target.available[:, column].any():
            found.append(
                f"None of the {len(problems):,} {modality} clips of {target.corpus.request.label} "
                f"can be used; the first is {problems[0]['clip']}: {problems[0]['problem']}. Mend "
                "them, or take their column or files away to run without this modality."
            )
    return found


def check_clips(target: Prepared, policy: str) -> None:
    """Refuse to go on with unusable clips if the policy is ``fail``.

    Raises
    ------
    DataError
        The policy is ``fail`` and there are problems, or no clip of a modality can be used, or no
        utterance has any modality.
    """
    if unusable := unusable_modalities(target):
        raise DataError(" ".join(unusable))
    broken = [p for p in target.problems if p.problem != NOT_HERE]
    if policy == "fail" and broken:
        listed = "; ".join(f"{p.clip}: {p.problem}" for p in broken[:10])
        raise DataError(
            f"{len(broken)} clips of {target.corpus.request.label} cannot be used as "
            f"they are ({listed}). Mend them, or run with --bad-clips absent."
        )
    if not target.available.any():
        raise DataError(f"No clip of {target.corpus.request.label} can be used.")
