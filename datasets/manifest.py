"""A user's own corpus, from one CSV with a row per utterance."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import (
    FRAME_RATE,
    SAMPLE_RATE,
    ClipError,
    DataError,
    Dataset,
    DatasetCard,
    FeatureTable,
    Folders,
    Noted,
    RequestError,
    match_ids,
    normal_form,
    open_array,
    open_features,
    source_changed,
    spellings,
)
from emobench.datasets.manifests import (
    FILES,
    ManifestRows,
    drawn_split,
    errors,
    guessed,
    label_map,
    read_manifest,
)
from emobench.datasets.manifests.labels import gaps, left_out, refuse_other_values, synonyms
from emobench.datasets.manifests.names import composed, one_spelling
from emobench.datasets.manifests.relations import (
    keep_together,
    one_sided,
    refuse_widths,
    segment,
    shared_files,
)
from emobench.datasets.media import read_audio, read_image, read_video

SEPARATOR = "|"
RARE = 5
"""A class with fewer utterances can hardly be learned and tested."""

LIKE, SLIP = 0.6, 0.8
"""Similarity from which a name is suggested, and from which two classes look the same."""

FEATURES = ("text_features", "audio_features", "vision_features")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ManifestOptions:
    """How to read the file."""

    path: str = ""
    """The CSV; typed instead of a corpus's name."""
    seed: int = 0
    """Seed of the split that is drawn if the file has no column ``split``."""
    multilabel: bool = False
    """An utterance can have several classes, joined by ``|``; true if any label names two."""
    classes: str = ""
    """The classes in their order, joined by ``|``; empty: all labels, sorted."""
    canonical: str = ""
    """Which common class each label stands for, to compare or join corpora: a CSV with the columns
    ``label`` and ``canonical``, or ``Freude=happy|Wut=angry``. Empty: labels with the name of a
    common class."""
    text_features: str = ""
    """A file with features of all utterances' texts by id: npz, Parquet, HDF5, pickle, folder."""
    audio_features: str = ""
    """The same for voices."""
    vision_features: str = ""
    """The same for faces."""


class Manifest(Dataset):
    """One CSV: ``id, label`` and any of ``text, audio, video, image``, features, and more.

    ``speaker`` and ``group`` keep utterances together when a split is drawn; ``split`` gives one.
    Paths are relative to the CSV's folder. A film gives the face and, where the row names no
    audio, the voice.
    """

    card: DatasetCard = DatasetCard(
        name="manifest",
        title="Your own corpus, from a CSV",
        licence="yours",
        obtain="Write a CSV (UTF-8) with a row per utterance and the columns id, label, any of "
        "text, audio, video, image (paths relative to the CSV), and if you have them speaker, "
        "group, split (train, dev, test), language; then --dataset path/to/that.csv.",
        classes=(),
        modalities=("text", "audio", "vision"),
        split="The column split; without one, a seeded draw that shares no speaker, stratified by "
        "class.",
        suffixes=(".csv", ".tsv", ".gz", ".xlsx", ".xls", ".ods", ".json", ".jsonl", ".parquet"),
    )
    Options = ManifestOptions

    def __init__(self, folders: Folders, options: ManifestOptions | None = None) -> None:
        super().__init__(folders, options)
        self.choice = options or ManifestOptions()
        if not self.choice.path:
            raise RequestError("The corpus manifest is named by its file: --dataset path/to.csv.")
        self.path = Path(self.choice.path)
        self._tables: dict[str, FeatureTable] = {}
        self._ids: dict[str, dict[str, str]] = {}
        self._doubts: list[str] = []

    def utterances(self) -> pd.DataFrame:
        """Return the rows of the file, and describe them on `card`."""
        table, unread = self._rows.table.copy(), self._rows.unread
        self._doubts = list(self._rows.doubts)
        joined = table["label"].map(lambda text: len(_names(text)) > 1).any()
        several = bool(joined or self.choice.multilabel)
        table = self._labelled(table, several)
        classes = self._classes(table, several)
        here = [m for m, s in self.sources().items() if s]
        self._doubts += shared_files(table)
        speaker_known = bool((table["speaker"] != "").any())
        keep_together(table)
        refuse_widths(table, self._home, self.path)
        if several:
            order = {name: i for i, name in enumerate(classes)}
            table["label"] = table["label"].map(
                lambda text: SEPARATOR.join(sorted(set(_names(text)), key=order.__getitem__))
            )
        canonical = guessed(classes)
        if self.choice.canonical:
            canonical = label_map(self.choice.canonical, self._home, classes)
        drawn = not (table["split"] != "").any()
        sentence = self._split(table, speaker_known)
        self._doubts += self._slips(classes) + one_sided(table, classes, _names)
        languages = sorted(set(table["language"]) - {""})
        self.card = replace(
            type(self).card,
            title=f"{self.path.name}, {len(table)} utterances"
            + (f" ({', '.join(languages)})" if languages else ""),
            classes=classes,
            modalities=tuple(here),
            multilabel=several,
            canonical=canonical,
            split=sentence,
            fold_by="speaker" if speaker_known else "group",
            disjoint=("speaker" if speaker_known else "group",) if drawn else (),
            anonymous=not speaker_known,
            drawn=drawn,
            defects=tuple(
                self._remarks(unread, speaker_known) + self._unmapped(table, classes, canonical)
            ),
        )
        unused = [c for c in ("start", "end") if not (table[c] != "").any()]
        return table.drop(columns=["line", *unused]).reset_index(drop=True)

    def doubts(self, utterances: pd.DataFrame) -> list[str]:
        """Say what may be misread: merged names, rows left out, columns that were not read."""
        return list(self._doubts)

    def files(self) -> Iterator[Path]:
        """Every file that rows or options name; of a folder of features, all in it."""
        for column in FILES:
            for name in sorted(set(self._rows.table[column]) - {""}):
                yield self._home / name
        for column in FEATURES:
            if name := getattr(self.choice, column):
                side = self._side(name)
                yield from _files_of(side)

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Name the classes, the rare classes, and pairs of classes that may be typing errors."""
        names = utterances["label"].str.split(SEPARATOR, regex=False).explode()
        counts = names[names != ""].value_counts()
        found = ["classes: " + ", ".join(f"{c} {counts[c]:,}" for c in self.card.classes)]
        rare = [c for c in self.card.classes if counts[c] < RARE]
        if rare:
            found.append(f"fewer than {RARE} utterances of {', '.join(map(repr, rare))}")
        return found

    def _slips(self, classes: tuple[str, ...]) -> list[str]:
        """Classes that look alike, or are words for one emotion."""
        pairs = set(synonyms(classes))
        for name in classes:
            others = {normal_form(c): c for c in classes if c > name}
            close = difflib.get_close_matches(normal_form(name), others, 3, SLIP)
            near = [others[form] for form in close]
            if near and not any({name, *near} <= set(p) for p in pairs):
                pairs.add((name, *near))
        return [
            f"{' and '.join(map(repr, pair))} are different classes; is one a slip of the pen? "
            "Write them in one way if they are one."
            for pair in sorted(pairs)
        ]

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return the sources of columns and options; features come first, as they were chosen."""
        table = self._rows.table
        has = {column for column in ("text", *FILES) if (table[column] != "").any()}
        has |= {column for column in FEATURES if getattr(self.choice, column)}
        film, image = "video" in has, "image" in has
        offered = {
            "text": [("text_features", "text_features" in has), ("transcript", "text" in has)],
            "audio": [
                ("audio_features", "audio_features" in has),
                ("waveform", "audio" in has or film),
            ],
            "vision": [
                ("vision_features", "vision_features" in has),
                ("frames", film or image),
            ],
        }
        return {m: tuple(s for s, there in found if there) for m, found in offered.items()}

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | Noted | None:
        """Read one utterance."""
        if source == "transcript":
            return str(row["text"]) or None
        if source == "waveform":
            name = row["audio"] or row["video"]
            return segment(read_audio(self._home / name), row, SAMPLE_RATE) if name else None
        if source == "frames":
            if row["video"]:
                return segment(read_video(self._home / row["video"]), row, FRAME_RATE)
            return read_image(self._home / row["image"]) if row["image"] else None
        return self._features(row, source)

    def fingerprint(self) -> str:
        """The label map; `files` covers all that rows and options name."""
        if not self.choice.canonical:
            return ""
        return f"canonical:{sorted(self.card.canonical.items())}"

    @property
    def _home(self) -> Path:
        return self._rows.home

    @cached_property
    def _rows(self) -> ManifestRows:
        rows = read_manifest(self.path)
        if rows.table.empty:
            raise DataError(f"{self.path} has a header and no row.")
        return rows

    def _labelled(self, table: pd.DataFrame, several: bool) -> pd.DataFrame:
        """The rows that have a label, each label in one spelling; what was done becomes doubts."""
        given = tuple(_names(self.choice.classes))
        absent = gaps(table["label"], given)
        if several:
            absent &= table["label"] != ""
        if absent.any():
            if absent.all():
                raise DataError(f"No row of {self.path} has a label.")
            lines, cells = list(table["line"][absent]), set(table["label"][absent])
            self._doubts.append(left_out(lines, cells, self.path))
            table = table[~absent].copy()
        parts = table["label"].map(_names) if several else table["label"].map(lambda n: [n])
        chosen = pd.Series([n for names in parts for n in names], dtype=object)
        _, merged = one_spelling(chosen, "label")
        shown = {f: composed(s.name) for f, s in spellings(chosen).items()}
        shown |= {normal_form(g): g for g in given}
        self._doubts += merged
        if not given:
            refuse_other_values(chosen.map(lambda n: shown[normal_form(n)]), self.path)
        if several:
            table["label"] = parts.map(
                lambda names: SEPARATOR.join(shown[normal_form(n)] for n in names)
            )
        else:
            table["label"] = table["label"].map(lambda n: shown[normal_form(n)])
        return table

    def _classes(self, table: pd.DataFrame, several: bool) -> tuple[str, ...]:
        """The classes, after a check of every label."""
        given = tuple(_names(self.choice.classes))
        found: set[str] = set()
        wrong: list[str] = []
        for line, label in zip(table["line"], table["label"], strict=True):
            names = _names(label) if several else [label]
            found.update(names)
            if SEPARATOR in label and not several:
                wrong.append(f"{line}: a stray {SEPARATOR} in {label!r}")
            unknown = [n for n in names if given and n not in given]
            wrong += [f"{line}: unknown label {n!r}{_like(n, given)}" for n in unknown]
        if wrong:
            known = f" Known: {', '.join(given)}." if given else ""
            listed = "\n  ".join(wrong)
            raise DataError(f"{self.path} has {errors(len(wrong))}.{known}\n  {listed}")
        classes = given or tuple(sorted(found - {""}))
        if len(classes) < 2:
            raise DataError(
                f"{self.path} has {len(classes)} class{'es' if len(classes) != 1 else ''} "
                f"({', '.join(classes) or 'no label at all'}); two at least are needed."
            )
        return classes

    def _split(self, table: pd.DataFrame, speaker_known: bool) -> str:
        """Fill the column ``split`` if the file has none; return the split in a sentence."""
        if (table["split"] != "").any():
            return f"That of the column split in {self.path.name}."
        unit = "speaker" if speaker_known else "group"
        strata = table["label"].str.split(SEPARATOR, regex=False).str[0]
        drawn = drawn_split(table[unit], strata, self.choice.seed, str(self.path))
        table["split"] = drawn
        shares = drawn.value_counts(normalize=True)
        parts = ", ".join(f"{part} {shares[part]:.0%}" for part in ("train", "dev", "test"))
        return (
            f"Drawn here, for {self.path.name} has no column split: {parts}; no {unit} is in two "
            f"parts, classes are stratified (seed {self.choice.seed})."
        )

    def _remarks(self, unread: list[str], speaker_known: bool) -> list[str]:
        remarks = list(self._rows.notes)
        if not speaker_known:
            remarks.append(
                "The file names no speaker: one person can be in both train and test, which makes "
                "scores higher than for unknown people."
            )
        for column in FEATURES:
            if name := getattr(self.choice, column):
                remarks += self._unmatched(column, self._side(name))
        if unread:
            remarks.append(f"Columns that mean nothing here were not read: {', '.join(unread)}.")
        return remarks

    def _unmapped(
        self, table: pd.DataFrame, classes: tuple[str, ...], canonical: dict[str, str]
    ) -> list[str]:
        """Name the classes without a common class, and count their utterances."""
        left = [c for c in classes if c not in canonical]
        if not self.choice.canonical or not left:
            return []
        count = int(table["label"].map(lambda text: not set(_names(text)) - set(left)).sum())
        return [
            f"No common class for {', '.join(left)} ({count} of {len(table)} utterances): they are "
            "left out where corpora are compared or joined."
        ]

    def _unmatched(self, column: str, path: Path) -> list[str]:
        """Name the rows without features in a file; raise if no row has any."""
        table = self._rows.table
        with contextlib.closing(open_features(path, column.split("_")[0])) as known:
            match, notes = match_ids(table["id"], known), known.notes
            absent = [name for name in table["id"] if name not in match.found]
            example = next(iter(known), "nothing")
        if len(absent) == len(table):
            raise DataError(
                f"{path} has no features of any id in {self.path}: it has {example!r} and others, "
                f"the rows have {absent[0]!r} and others."
            )
        self._doubts += [f"{path.name}: {d}" for d in match.doubts]
        self._doubts += filter(None, [source_changed(path)])
        told = [f"{path.name}: {n}" for n in (*match.notes, *notes)]
        if not absent:
            return told
        more = ", …" if len(absent) > 5 else ""
        return [
            *told,
            f"{path.name} has nothing of {len(absent)} of {len(table)} rows ("
            f"{', '.join(absent[:5])}{more}); {column} counts as absent there.",
        ]

    def _features(self, row: pd.Series, source: str) -> NDArray[Any] | Noted | None:
        if row[source]:
            values = _array(self._home / row[source])
            finite = np.isfinite(values)
            return _with_note(np.where(finite, values, np.float32(0.0)), int((~finite).sum()))
        side = getattr(self.choice, source)
        if not side:
            return None
        if source not in self._tables:
            self._tables[source] = open_features(self._side(side), source.split("_")[0])
            match = match_ids(self._rows.table["id"], self._tables[source])
            self._ids[source] = match.found
        table, name = self._tables[source], self._ids[source].get(row["id"])
        if name is None:
            return None
        return _with_note(table[name], table.zeroed(name))

    def _side(self, name: str) -> Path:
        """Path of a file of features: as typed, beside the CSV, or imported under this name."""
        for path in (Path(name), self._home / name, self.folders.imported / name):
            if path.exists():
                return path
        raise DataError(
            f"There is no file {name}, neither here nor beside {self.path}, and nothing was "
            "imported under this name (emobench data import)."
        )


def _like(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, [k for k in known if k != name], 1, LIKE)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(SEPARATOR) if name.strip()]


def _with_note(values: NDArray[np.float32], zeroed: int) -> NDArray[np.float32] | Noted:
    if not zeroed:
        return values
    return Noted(values, f"{zeroed} of {values.size} values are NaN or infinite")


def _files_of(features: Path) -> list[Path]:
    """A file of features, or the files of a folder that hold them."""
    if not features.is_dir():
        return [features]
    beside = features / "about.json" if (features / "ids.json").is_file() else None
    return sorted(p for p in features.rglob("*") if p.is_file() and p != beside)


def _array(path: Path) -> NDArray[np.float32]:
    """Features ``[T, D]`` of one utterance, from a file of its own."""
    try:
        return open_array(path)
    except DataError as error:
        raise ClipError(str(error)) from None
