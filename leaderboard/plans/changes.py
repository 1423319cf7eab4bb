"""What of a stored row is not as its plan was frozen."""

from __future__ import annotations

from collections.abc import Iterable

from emobench.leaderboard.plans.chain import PlanChain
from emobench.leaderboard.plans.places import conditions_of, definition
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.reader import Results
from emobench.store.records import PlanPlace, PlanRecord, PlanRow
from emobench.wording import and_more, counted


def row_changes(
    results: Results, entry: ModelEntry, row: PlanRow, created: str, version: str
) -> list[str]:
    """Name what differs between a stored row and the row that was planned, in sentence parts.

    Parameters
    ----------
    results, entry
        The stored row.
    row
        The planned one.
    created, version
        When the plan was frozen, and by which version of emobench.
    """
    found = []
    if (source := _source(results, entry)) and row.source and source != row.source:
        found.append(f"the file of {row.model} was changed ({_short(row.source, source)})")
    corpus = results.corpus(entry.newest.corpus)
    if corpus is not None and corpus.digest and row.corpus and corpus.digest != row.corpus:
        digests = _short(row.corpus, corpus.digest)
        found.append(f"the corpus {row.dataset} was changed ({digests})")
    if entry.search is None and entry.newest.config:
        found += _settings(row, entry)
    stated = {m: tuple(names) for m, names in entry.card.inputs.items()}
    if row.inputs and stated != row.inputs:
        found.append(f"{row.model} reads {_listed(stated)}, not {_listed(row.inputs)} as planned")
    for place in row.places:
        found += _place(entry, row, place)
    if others := [one for one in entry.versions if one != version]:
        found.append(f"rows were computed by emobench {and_more(others, 3)}, not {version}")
    if entry.newest.created and entry.newest.created < created:
        when = entry.newest.created[:16].replace("T", " ")
        found.append(f"rows on {row.dataset} were asked for before the freeze ({when})")
    return list(dict.fromkeys(found))


def _source(results: Results, entry: ModelEntry) -> str:
    names = (slot.training for slot in entry.slots if slot.training)
    return next(filter(None, map(results.model_source, names)), "")


def _short(before: str, after: str) -> str:
    return f"{before[:12]} to {after[:12]}"


def _settings(row: PlanRow, entry: ModelEntry) -> list[str]:
    now = entry.newest.config
    differing = [name for name in {**row.config, **now} if _other(row.config, now, name)]
    return [
        f"{name} of {row.model} is {now.get(name)!r}, planned {row.config.get(name)!r}"
        for name in sorted(differing)
    ]


def _other(planned: dict[str, object], now: dict[str, object], name: str) -> bool:
    # A setting that another version of emobench added is told by the version.
    if name not in planned or name not in now:
        return False
    first, second = (
        list(one) if isinstance(one, tuple) else one for one in (planned[name], now[name])
    )
    return first != second


def _listed(inputs: dict[str, tuple[str, ...]]) -> str:
    return ", ".join(name for names in inputs.values() for name in names) or "nothing"


def _place(entry: ModelEntry, row: PlanRow, place: PlanPlace) -> list[str]:
    """What the protocol says here, and seeds and folds."""
    found = []
    names = conditions_of(place.condition, entry.summaries)
    if names and names != place.conditions:
        found.append(f"{place.condition} of {row.protocol} is over other conditions")
    now = definition(place.regime, place.conditions, entry.regimes, entry.conditions)
    if now and place.definition and now != place.definition:
        where = f"{place.regime}, {place.condition}"
        found.append(f"the protocol {row.protocol} says something else of {where}")
    slots = [
        slot
        for slot in entry.slots
        if slot.regime == place.regime and slot.condition in place.conditions
    ]
    seeds = {slot.seed for slot in slots}
    if more := seeds - {*place.seeds}:
        planned = counted(len(place.seeds), "planned seed")
        found.append(
            f"{row.model} has {counted(len(seeds), 'seed')}: the {planned} alone are compared"
            if len(more) < len(seeds)
            else f"{row.model} has none of the {planned}"
        )
    if slots and (folds := len({slot.fold for slot in slots})) != place.folds:
        found.append(f"{row.model} has {counted(folds, 'fold')}, planned {place.folds}")
    return found


def missing_seeds(entry: ModelEntry, place: PlanPlace) -> str:
    """Say which planned trainings a row has not been asked for yet; "" where there is none."""
    there = {
        (slot.condition, slot.fold, slot.seed)
        for slot in entry.slots
        if slot.regime == place.regime
    }
    planned = {
        (condition, fold, seed)
        for condition in place.conditions
        for fold in range(place.folds)
        for seed in place.seeds
    }
    if planned <= there:
        return ""
    seeds = {seed for _, _, seed in planned & there}
    if len(seeds) < len(place.seeds):
        return f"{len(seeds)} of {counted(len(place.seeds), 'planned seed')} asked for"
    return f"{len(planned & there)} of {counted(len(planned), 'planned cell')} asked for"


def plan_changes(chain: PlanChain) -> list[str]:
    """Name what amendments after results, and runs by another file, changed, in sentence parts."""
    found = []
    for one in chain.amendments:
        record = one.record
        when = record.created[:10]
        told = [*record.changes] or ["nothing that the plan names"]
        found.append(f"amended on {when} after results ({record.why}): {'; '.join(told)}")
    found += [
        f"{pair.text} was left out by an amendment; it stays in the family"
        for pair in chain.dropped
    ]
    for record in chain.departures:
        when, name = record.created[:10], record.study
        found.append(f"run on {when} by another {name}: {'; '.join(record.changes)}")
    return found


def record_changes(before: PlanRecord, after: PlanRecord) -> list[str]:
    """Name what differs between two versions of a plan, in sentence parts."""
    found = []
    for name in ("measure", "alpha", "margin"):
        first, second = getattr(before, name), getattr(after, name)
        if first != second:
            found.append(f"{name} {_said(first)} became {_said(second)}")
    found += _pairs(before, after)
    found += option_changes(before, after)
    rows = {(row.setting, row.model): row for row in before.rows}
    now = {(row.setting, row.model): row for row in after.rows}
    for key in [*rows, *(key for key in now if key not in rows)]:
        found += _row(rows.get(key), now.get(key))
    for name in {**before.protocols, **after.protocols}:
        first, second = before.protocols.get(name), after.protocols.get(name)
        if first and second and first != second:
            found.append(f"the file of the protocol {name} was changed ({_short(first, second)})")
    if before.emobench != after.emobench:
        found.append(f"emobench {before.emobench} became {after.emobench}")
    return list(dict.fromkeys(found))


def _pairs(before: PlanRecord, after: PlanRecord) -> list[str]:
    gone = [pair for pair in before.pairs if pair not in {*after.pairs}]
    new = [pair for pair in after.pairs if pair not in {*before.pairs}]
    return [f"{pair.text} is left out" for pair in gone] + [f"{pair.text} is added" for pair in new]


def option_changes(before: PlanRecord, after: PlanRecord) -> list[str]:
    """Name the options of the run file that differ, grid by grid, in sentence parts."""
    if len(before.options) != len(after.options):
        grids = counted(len(after.options), "grid")
        return [f"the run file has {grids}, planned {len(before.options)}"]
    found = []
    for number, (first, second) in enumerate(zip(before.options, after.options, strict=True)):
        where = f" of grid {number + 1}" if len(before.options) > 1 else ""
        for name in dict.fromkeys([*first, *second]):
            if first.get(name) != second.get(name):
                old, new = _said(first.get(name)), _said(second.get(name))
                found.append(f"{name}{where} {old} became {new}")
    return found


def _said(value: object) -> str:
    return "none" if value is None else str(value)


def _row(before: PlanRow | None, after: PlanRow | None) -> Iterable[str]:
    if before is None or after is None:
        one = before or after
        assert one is not None
        word = "no longer" if after is None else "now"
        yield f"{one.model} on {one.dataset} ({one.protocol}) is {word} in the plan"
        return
    if before.source != after.source:
        digests = _short(before.source, after.source)
        yield f"the file of {after.model} was changed ({digests})"
    if before.corpus != after.corpus:
        yield f"the corpus {after.dataset} was changed ({_short(before.corpus, after.corpus)})"
    for name in sorted({**before.config, **after.config}):
        if _other(before.config, after.config, name):
            first, second = before.config[name], after.config[name]
            yield f"{name} of {after.model} {first!r} became {second!r}"
    for place in before.places:
        now = next((p for p in after.places if p.regime == place.regime
                    and p.condition == place.condition), None)  # fmt: skip
        if now is None:
            continue
        if now.seeds != place.seeds:
            first_n, second_n = len(place.seeds), len(now.seeds)
            yield f"{after.model} has {counted(second_n, 'seed')}, planned {first_n}"
        if now.definition != place.definition:
            yield f"the protocol {after.protocol} says something else of {place.condition}"
