"""Which stored training is meant, by the words of the leaderboard."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emobench.discovery.registry import Entry, from_path, name_and_options, registry
from emobench.discovery.words import shield
from emobench.errors import EmobenchError, RequestError, unknown
from emobench.interface.protocol import Setting
from emobench.leaderboard.results.entries import ModelEntry, label_of, merge
from emobench.leaderboard.results.reader import Results
from emobench.modality import MODALITIES
from emobench.store.records import Slot, TrainingReport
from emobench.store.spec import TrainingSpec, read_spec
from emobench.store.training_folder import read_training
from emobench.wording import and_more, counted

LISTED = 12
"""Rows that are listed at most where several are meant."""


@dataclass(frozen=True)
class TrainingChoice:
    """What a user says of the training that is to speak; None leaves it open.

    Parameters
    ----------
    model
        A row, as the leaderboard calls it, or the path of a model's file, with options behind it.
    variant, track, dataset, protocol, regime
        As the leaderboard calls them.
    fold, seed
        Of the training; else the first that is stored.
    training
        The name of the training's folder, or its first letters, in the place of all others.
    """

    model: str | None = None
    variant: str | None = None
    track: str | None = None
    dataset: str | None = None
    protocol: str | None = None
    regime: str | None = None
    fold: int | None = None
    seed: int | None = None
    training: str | None = None

    @property
    def file(self) -> Path | None:
        """The model's file, if one was named."""
        name, _ = _parted(self.model)
        return Path(name) if name.endswith(".py") else None


@dataclass(frozen=True)
class ChosenTraining:
    """A stored training, and the row that it belongs to.

    Parameters
    ----------
    root
        The results folder.
    spec, slot
        Its spec, and its place under the main condition of its row.
    entry
        The row.
    alternatives
        How many trainings (folds and seeds) of the same row are stored.
    """

    root: Path
    spec: TrainingSpec
    slot: Slot
    entry: ModelEntry
    alternatives: int = 1

    @property
    def key(self) -> str:
        """Name of its folder."""
        return self.slot.training or ""

    @property
    def title(self) -> str:
        """Which training it is, in words."""
        dataset, track, protocol = self.entry.section
        return (
            f"{self.entry.label} on {dataset}, {track} track, {protocol}, regime "
            f"{self.slot.regime}, fold {self.spec.fold}, seed {self.spec.seed} ({self.key})"
        )


def chosen_training(root: Path, choice: TrainingChoice) -> ChosenTraining:
    """Find the training that `choice` means in the results folder `root`.

    Of several folds and seeds of one row, the first that is stored is taken.

    Raises
    ------
    RequestError
        Nothing that is stored fits, or trainings of several rows, regimes or corpora do.
    """
    if not root.is_dir():
        raise RequestError(f"There is no folder {root}.")
    results = Results(root)
    entries = _entries(results, choice)
    places = _places(entries, choice)
    if not places:
        raise _nothing(entries, choice)
    rows = {place[:4]: None for place in places}
    if len(rows) > 1:
        raise _several(places)
    done = {p: found for p, found in places.items() if _is_done(results, found[0][1])}
    if not done:
        why = "; ".join(dict.fromkeys(_reason(results, f[0][1]) for f in places.values()))
        raise RequestError(f"No such training in {root} has ended: {why}.")
    first = min(done, key=lambda place: place[4:])
    entry, slot = done[first][0]
    if len({s.training for _, s in done[first]}) > 1:
        raise _several({first: done[first]})
    return ChosenTraining(root, _spec(root, slot), slot, entry, len(done))


Place = tuple[str, str, str, str, int, int]
"""Row, corpus, track, regime, fold and seed."""

Found = list[tuple[ModelEntry, Slot]]


def _entries(results: Results, choice: TrainingChoice) -> list[ModelEntry]:
    found = merge(results.grids(choice.dataset, choice.protocol))
    for name in ("variant", "track"):
        wanted = getattr(choice, name)
        known = {getattr(e.newest, name) for e in found}
        if wanted is not None and wanted not in known:
            raise unknown(f"stored {name}", wanted, known)
        found = [e for e in found if wanted in (None, getattr(e.newest, name))]
    if choice.dataset in {e.dataset for e in found}:  # not the same corpus split in another way
        found = [e for e in found if e.dataset == choice.dataset]
    if choice.model is not None:
        label = label_of(_row_name(choice), found)
        found = [e for e in found if e.label == label]
    return found


def _parted(model: str | None) -> tuple[str, dict[str, str]]:
    """A model as typed, in its name or file and its options."""
    if not model or ".py" not in model:
        return model or "", {}
    return name_and_options(shield(model, registry("model")))


def _row_name(choice: TrainingChoice) -> str:
    """The row's name; a file's is that of the model in it."""
    name, options = _parted(choice.model)
    if not name.endswith(".py"):
        return name
    card = model_in(Path(name)).name
    return ":".join([card, *(f"{k}={v}" for k, v in options.items())])


def model_in(path: Path) -> Entry:
    """The model in a file.

    Raises
    ------
    RequestError
        There is no such file, or it holds several models or none.
    """
    found = from_path("model", path)
    if len(found) > 1:
        names = ", ".join(entry.name for entry in found)
        raise RequestError(f"{path} holds several models: {names}. Name the row with --model.")
    return found[0]


def _places(entries: list[ModelEntry], choice: TrainingChoice) -> dict[Place, Found]:
    """The trainings of the entries' main conditions that fit, by row, fold and seed.

    A training that several rows name, such as of several protocols, is found once.
    """
    found: dict[Place, Found] = defaultdict(list)
    first: dict[str, Place] = {}
    for entry, slot in _slots(entries, choice):
        if choice.regime not in (None, slot.regime) and choice.training is None:
            continue
        if (choice.fold not in (None, slot.fold)) or (choice.seed not in (None, slot.seed)):
            continue
        dataset, track, _ = entry.section
        place = (entry.label, dataset, track, slot.regime, slot.fold, slot.seed)
        if first.setdefault(slot.training or "", place) == place:
            found[place].append((entry, slot))
    return found


def _slots(entries: list[ModelEntry], choice: TrainingChoice) -> Iterator[tuple[ModelEntry, Slot]]:
    """Rows of the main condition; where any are of an honest split, of that alone."""
    if choice.training is not None:
        every = [(e, s) for e in entries for s in e.slots]
        mine = [(e, s) for e, s in every if (s.training or "").startswith(choice.training)]
        if len({s.training for _, s in mine}) > 1:
            raise RequestError(f"Several trainings begin with {choice.training!r}: write more.")
        yield from sorted(mine, key=lambda one: one[1].condition != one[0].main_condition)[:1]
        return
    main = [
        (e, s) for e in entries for s in e.slots
        if s.training and s.condition == e.main_condition
    ]  # fmt: skip
    honest = [(e, s) for e, s in main if not s.split and not s.variant]
    yield from honest or main


def _is_done(results: Results, slot: Slot) -> bool:
    there = isinstance(results.training(slot.training), TrainingReport)
    folder = results.root / "trainings" / (slot.training or "")
    return there and (folder / "checkpoint.safetensors").is_file()


def _reason(results: Results, slot: Slot) -> str:
    found = results.training(slot.training)
    if found is None:
        return "it was not run"
    if isinstance(found, TrainingReport):
        return f"trainings/{slot.training} has no weights"
    return found.reason


def _spec(root: Path, slot: Slot) -> TrainingSpec:
    stored = read_training(root / "trainings" / (slot.training or ""))
    spec = read_spec(stored.spec) if stored is not None else None
    if spec is None:
        raise RequestError(
            f"The spec of the training {slot.training} is of another version of emobench."
        )
    return spec


def _nothing(entries: list[ModelEntry], choice: TrainingChoice) -> RequestError:
    if choice.training is not None:
        return RequestError(f"No row of these results names a training {choice.training!r}.")
    slots = [s for e in entries for s in e.slots if s.training]
    for name in ("regime", "fold", "seed"):
        known = {str(getattr(s, name)) for s in slots}
        wanted = getattr(choice, name)
        if wanted is not None and str(wanted) not in known:
            if name == "regime" and (protocols := _protocols_of(wanted)):
                return RequestError(
                    f"The regime {wanted!r} is not stored here ({', '.join(sorted(known))}): it is "
                    f"trained by emobench run … --protocol {' or '.join(protocols)}."
                )
            return unknown(f"stored {name}", str(wanted), known)
    return RequestError("No stored training fits all of that.")


def _protocols_of(regime: str) -> list[str]:
    """Built-in and installed protocols that train a regime of this name."""
    found, setting = [], Setting(MODALITIES)
    for name, entry in registry("protocol").items():
        kind = entry.load()
        try:
            regimes = kind(kind.Options() if kind.Options is not None else None).regimes(setting)
        except (EmobenchError, NotImplementedError):
            continue  # it has none without a model, or none at all
        found += [name] if regime in {one.name for one in regimes} else []
    return found


def _several(places: dict[Place, Found]) -> RequestError:
    lines: dict[str, set[Place]] = defaultdict(set)
    for place, found in places.items():
        apart = len({s.training for _, s in found}) > 1
        label, dataset, track, regime, *_ = place
        for entry, slot in found:
            more = f", {entry.newest.protocol}, training {slot.training}" if apart else ""
            row = f"--model {shlex.quote(label)} --regime {shlex.quote(regime)}"
            lines[f"{row} on {dataset}, {track} track{more}"].add(place)
    told = [f"{line}: {counted(len(p), 'training')}" for line, p in sorted(lines.items())]
    listed = and_more([f"\n  {line}" for line in told], LISTED, "")
    return RequestError(
        "Several are stored, and each would say something else. Choose one (--model, --variant, "
        f"--regime, --dataset, --track, --protocol, --training):{listed}"
    )
