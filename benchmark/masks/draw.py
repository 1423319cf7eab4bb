"""The masks of every missing rate, as runs draw them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench.errors import RequestError

if TYPE_CHECKING:
    from emobench.corpus.preparation.extract import Prepared
    from emobench.interface.protocol import Condition


def drawn_masks(target: Prepared, folds: int | None) -> dict[str, dict[str, list[bool]]]:
    """Mask ``[M]`` by condition and utterance id, for every drawn condition of every protocol."""
    from emobench.conditions.masks import condition_mask
    from emobench.corpus.split import policy, split

    corpus = target.corpus
    rule = policy(corpus, folds)
    tested = sorted({int(r) for f in range(rule.folds) for r in split(corpus, rule, f).test})
    rows = [row for row in tested if target.available[row].any()]
    ids = [corpus.ids[row] for row in rows]
    found = {}
    for condition in _drawn_conditions(corpus.modalities):
        mask = condition_mask(condition, ids, corpus.modalities, target.available[rows])
        shown = (row.tolist() for row in mask)
        found[condition.drawn] = dict(zip(ids, shown, strict=True))
    if not found:
        raise RequestError(f"{corpus.request.label} has one modality: nothing is drawn.")
    return found


def _drawn_conditions(modalities: tuple[str, ...]) -> list[Condition]:
    """The conditions of the built-in protocols whose masks are drawn."""
    from emobench.discovery.registry import registry
    from emobench.interface.protocol import Setting

    found: dict[float, Condition] = {}
    for entry in registry("protocol").values():
        for trial in entry.load()().trials(Setting(modalities)):
            if trial.condition.rate > 0:
                found.setdefault(trial.condition.rate, trial.condition)
    return [found[rate] for rate in sorted(found)]
