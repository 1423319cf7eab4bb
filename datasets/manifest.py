"""A user's own corpus, from one CSV with a row per utterance."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import (
    ClipError,
    ClipForm,
    Dataset,
    DatasetCard,
    Folders,
    Noted,
    RequestError,
)
from emobench.datasets.clips.rows import Clips, media_columns
from emobench.datasets.manifests import (
    ManifestRows,
    guessed,
    label_map,
    read_manifest,
    remarks,
)
from emobench.datasets.manifests.classes import SEPARATOR, names_in, read_labels
from emobench.datasets.manifests.columns import FILES
from emobench.datasets.manifests.drawing import fill_split
from emobench.datasets.manifests.features import (
    OF_FIRST_FILE,
    OF_TRAINING,
    SideFeatures,
    extent,
    find_side,
    finite,
    first_names,
    headers_differ,
    places_in,
    read_array,
    told_of_cells,
    uncovered,
)
from emobench.datasets.manifests.label_map import map_file
from emobench.datasets.manifests.relations import (
    keep_together,
    one_sided,
    poor_texts,
    refuse_widths,
    shared_by_parts,
    shared_files,
)
from emobench.datasets.manifests.row_checks import contradicting_texts, without_content
from emobench.datasets.manifests.segments import span
from emobench.datasets.media import VIDEO_VERSION, read_audio, read_image, read_video

READING = 2
"""Version of how a manifest is read; raised when equal files give other rows or clips."""

RARE = 5
"""A class with fewer utterances can hardly be learned and tested."""

FEATURES = ("text_features", "audio_features", "vision_features")
VECTORS = {"text_vectors": "text_features", "audio_vectors": "audio_features",
           "vision_vectors": "vision_features"}  # fmt: skip
"""Option that names columns of vectors, and what they are to the models."""

CHOSEN = ("id", "label", "text", "speaker", "group", "split")
"""Options that name a column."""

LATER: Final[dict[str, Any]] = {"later": True}
"""Marks options by which the digests of corpora do not change while they are not used."""


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
    text_vectors: str = field(default="", metadata=LATER)
    """Columns whose cells hold vectors of the text, side by side: ``V4`` or ``V3|V4``."""
    audio_vectors: str = field(default="", metadata=LATER)
    """The same for the voice."""
    vision_vectors: str = field(default="", metadata=LATER)
    """The same for the face."""
    id: str = field(default="", metadata=LATER)
    """The column that is the id, if another than its name says."""
    label: str = field(default="", metadata=LATER)
    """The column that is the label."""
    text: str = field(default="", metadata=LATER)
    """The column that is the text."""
    speaker: str = field(default="", metadata=LATER)
    """The column that names the speaker."""
    group: str = field(default="", metadata=LATER)
    """The column whose values keep utterances together, such as a dialogue."""
    split: str = field(default="", metadata=LATER)
    """The column that says train, dev or test."""


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

    def __init__(
        self,
        folders: Folders,
        options: ManifestOptions | None = None,
        form: ClipForm | None = None,
    ) -> None:
        super().__init__(folders, options)
        self.form = form
        self.choice = options or ManifestOptions()
        if not self.choice.path:
            raise RequestError("The corpus manifest is named by its file: --dataset path/to.csv.")
        self.path = Path(self.choice.path)
        for option, source in VECTORS.items():
            if getattr(self.choice, option) and getattr(self.choice, source):
                raise RequestError(
                    f"{self.path}: {option} and {source} both say which {source} there are: name "
                    "one of them."
                )
        self._sides: dict[str, SideFeatures] = {}
        self._named: dict[str, tuple[str, ...]] = {}
        self._doubts: list[str] = []

    @classmethod
    def of_clips(cls, folders: Folders, options: Any, form: ClipForm) -> Dataset:
        """Return the loader of the rows as clips, which need no label."""
        return Clips(cls(folders, options, form), form)

    def utterances(self) -> pd.DataFrame:
        """Return the rows of the file, and describe them on `card`."""
        rows, given = self.rows, tuple(names_in(self.choice.classes))
        whole, empty = rows.table, list[str]()
        if not self._has_features:
            whole, empty = without_content(whole)
        labels = read_labels(whole, given, self.choice.multilabel, self.path)
        table, classes = labels.table, labels.classes
        doubts = rows.doubts + empty + labels.doubts + poor_texts(table) + shared_files(table)
        doubts += contradicting_texts(table)
        speaker_known = bool((table["speaker"] != "").any())
        group_known = bool((table["group"] != "").any())
        everybody_known = bool((table["speaker"] != "").all())
        drawn = not (table["split"] != "").any()
        if not drawn:
            doubts += shared_by_parts(table)
        keep_together(table)
        refuse_widths(table, rows.home, self.path)
        unit = "speaker" if speaker_known else "group"
        dev_drawn = set(table["split"]) == {"train", "test"}
        sentence = fill_split(table, unit, self.choice.seed, self.path)
        self._doubts = doubts + one_sided(table, classes)
        canonical = guessed(classes)
        if self.choice.canonical:
            canonical = label_map(self.choice.canonical, rows.home, classes)
        self.card = replace(
            type(self).card,
            title=remarks.title(self.path, table),
            classes=classes,
            modalities=tuple(m for m, s in self.sources().items() if s),
            multilabel=labels.several,
            canonical=canonical,
            split=sentence,
            fold_by=unit,
            unit=remarks.unit_word(table, speaker_known, group_known),
            disjoint=(unit,) if drawn else (),
            anonymous=not everybody_known,
            drawn=drawn,
            defects=tuple(self._remarks(speaker_known, table) + [sentence] * dev_drawn)
            + tuple(remarks.unmapped(table, classes, canonical) if self.choice.canonical else ()),
        )
        unused = [c for c in ("start", "end") if not (table[c] != "").any()]
        return table.drop(columns=["line", *unused]).reset_index(drop=True)

    def doubts(self, utterances: pd.DataFrame) -> list[str]:
        """Say what may be misread: merged names, rows left out, columns that were not read."""
        return list(self._doubts)

    def files(self) -> Iterator[Path]:
        """The table itself, the label map, and every file that rows or options name."""
        yield from self.rows.files
        if self.choice.canonical and (path := map_file(self.choice.canonical, self.rows.home)):
            yield path
        for column in FILES:
            for name in sorted(set(self.rows.table[column]) - {""}):
                yield self.rows.home / name
        for column in FEATURES:
            if side := self._side(column):
                yield from side.files()

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Name the classes, the rare classes, and pairs of classes that may be typing errors."""
        names = utterances["label"].str.split(SEPARATOR, regex=False).explode()
        counts = names[names != ""].value_counts()
        found = ["classes: " + ", ".join(f"{c} {counts[c]:,}" for c in self.card.classes)]
        rare = [c for c in self.card.classes if counts[c] < RARE]
        if rare:
            found.append(f"fewer than {RARE} utterances of {', '.join(map(repr, rare))}")
        return found

    def inspected(self, utterances: pd.DataFrame) -> list[tuple[str, str]]:
        """Say of how many rows there are features, how wide and how long; each is read."""
        return [
            extent(where, len(utterances), list(self._shapes(utterances, source)))
            for source, where in self._feature_places().items()
        ]

    def _shapes(self, utterances: pd.DataFrame, source: str) -> Iterator[tuple[int, ...]]:
        """Shapes ``[T, D]`` of features that can be read; the rest is counted elsewhere."""
        for _, row in utterances.iterrows():
            with contextlib.suppress(ClipError):
                media = self.read(row, source)
                media = media.media if isinstance(media, Noted) else media
                if media is not None and len(media):
                    yield np.shape(media)

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return the sources of columns and options; features come first, as they were chosen."""
        table = self.rows.table
        has = {column for column in ("text", *FILES) if (table[column] != "").any()}
        has |= {column for column in FEATURES if getattr(self.choice, column)}
        has |= set(self.rows.vectors)
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
        home = self.rows.home
        if source == "waveform":
            name = row["audio"] or row["video"]
            return read_audio(home / name, *span(row)) if name else None
        if source == "frames":
            if row["video"]:
                return read_video(home / row["video"], *span(row))
            return read_image(home / row["image"]) if row["image"] else None
        names = self.feature_names(source)
        if row[source]:
            owner = OF_TRAINING if self.form else OF_FIRST_FILE
            return read_array(home / row[source], names, owner)
        if source in self.rows.vectors:
            inside = self._vectors[source].get(row["id"])
            if inside is not None and names and (cells := self._cell_names(source)):
                inside = inside[:, places_in(self.path, cells, names)]
            return None if inside is None else finite(inside)
        side = self._side(source)
        return side.read(row["id"], names) if side else None

    def feature_names(self, source: str) -> tuple[str, ...]:
        """Names of the D features: of clips, those of the training; else those of the files."""
        if self.form is not None:
            return tuple(self.form.names.get(source, ()))
        return self.names_here(source) if source in FEATURES else ()

    def names_here(self, source: str) -> tuple[str, ...]:
        """Names of the D features of the first place that names them, in its order."""
        if source not in self._named:
            side = self._side(source)
            found = first_names(self._files_of(source)) or self._cell_names(source)
            self._named[source] = found or (side.names if side else ())
        return self._named[source]

    def _files_of(self, column: str) -> list[Path]:
        """The files that rows name, each once."""
        names = self.rows.table.get(column, ())
        return [self.rows.home / name for name in dict.fromkeys(names) if name]

    def _cell_names(self, source: str) -> tuple[str, ...]:
        """Columns whose cells are the features, if each holds one number."""
        cells = next((v for v in self.rows.vectors.get(source, ()) if v is not None), None)
        option = next((o for o, s in VECTORS.items() if s == source), "")
        names = tuple(n.strip() for n in getattr(self.choice, option, "").split("|"))
        return names if cells is not None and cells.shape[-1] == len(names) > 1 else ()

    def fingerprint(self) -> str:
        """The versions of reading and the label map; `files` covers all else."""
        mapped = (
            f",canonical:{sorted(self.card.canonical.items())}" if self.choice.canonical else ""
        )
        seen = any((self.rows.table[column] != "").any() for column in ("video", "image"))
        frames = f",frames:{VIDEO_VERSION}" if seen else ""
        files = [f for c in FEATURES if self.feature_names(c) for f in self._files_of(c)]
        ordered = ",columns:by name" if headers_differ(files) else ""
        return f"reading:{READING}{frames}{mapped}{ordered}"

    @cached_property
    def rows(self) -> ManifestRows:
        """The rows of the file, as they are read before labels are looked at."""
        chosen = {c: getattr(self.choice, c) for c in CHOSEN if getattr(self.choice, c)}
        vectors = {
            source: [name.strip() for name in getattr(self.choice, option).split("|")]
            for option, source in VECTORS.items()
            if getattr(self.choice, option)
        }
        media = media_columns(self.form) if self.form is not None else None
        return read_manifest(self.path, self._has_features, chosen, vectors, media)

    @property
    def _has_features(self) -> bool:
        """Whether features of all rows were named by an option."""
        return any(getattr(self.choice, option) for option in (*FEATURES, *VECTORS))

    @cached_property
    def _vectors(self) -> dict[str, dict[str, NDArray[np.float32] | None]]:
        """Features that stood in cells, by their name and the row's id."""
        ids = self.rows.table["id"]
        return {name: dict(zip(ids, v, strict=True)) for name, v in self.rows.vectors.items()}

    def _remarks(self, speaker_known: bool, table: pd.DataFrame) -> list[str]:
        found = self.rows.notes + ([] if speaker_known else [remarks.NO_SPEAKER])
        for column in FEATURES:
            if side := self._side(column):
                told, doubts = side.remarks(self.path)
                found += told
                self._doubts += doubts
        for option, source in VECTORS.items():
            if source in self.rows.vectors:
                named = getattr(self.choice, option)
                found += told_of_cells(self.rows.vectors[source], source, named)
        for source, where in self._feature_places().items():
            side = self._side(source)
            has = table["id"].map(lambda name, s=source: self._in_place(name, s)) | (
                table[source] != ""
            )
            said, doubted = uncovered(table, has, source, where, side.strays if side else ())
            if doubted:
                self._doubts.append(said)
            elif said and source not in self.rows.vectors:
                found.append(said)
        return found + remarks.unread(self.rows.unread)

    def _feature_places(self) -> dict[str, str]:
        """The features that there are, and the file or the columns that hold them."""
        named = {source: getattr(self.choice, option) for option, source in VECTORS.items()}
        found = {}
        for source in FEATURES:
            places = []
            if (self.rows.table[source] != "").any():
                places.append(f"the column {source}")
            if source in self.rows.vectors:
                places.append(f"the cells of {named[source]}")
            if side := self._side(source):
                places.append(side.path.name)
            if places:
                found[source] = " and ".join(places)
        return found

    def _in_place(self, name: str, source: str) -> bool:
        """Whether the features of an id stand in cells or in a file for all rows."""
        if source in self.rows.vectors:
            return self._vectors[source].get(name) is not None
        side = self._side(source)
        return side is not None and name in side.found

    def _side(self, column: str) -> SideFeatures | None:
        """The file of features for all rows, if one was chosen."""
        name = getattr(self.choice, column)
        if not name:
            return None
        if column not in self._sides:
            home, imported = self.rows.home, self.folders.imported
            path = find_side(name, home, imported, self.path)
            self._sides[column] = SideFeatures(path, column, list(self.rows.table["id"]))
        return self._sides[column]
