"""Features that exist already, by utterance id, from the files that people keep them in."""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from emobench.corpus.arrays import Ragged
from emobench.errors import DataError, RequestError
from emobench.intake.pickles import read_pickle

Array = NDArray[Any]

ALIASES = {
    "text": ("text", "transcript", "language", "glove_vectors"),
    "audio": ("audio", "acoustic", "voice", "speech"),
    "vision": ("vision", "video", "visual", "face"),
}
"""What files call the modalities, in the order that they are looked for."""

IDS = ("ids", "id")
LENGTHS = ("lengths", "length")
PARTS = ("train", "valid", "val", "dev", "test")
LABELS = (
    "labels",
    "label",
    "regression_labels",
    "classification_labels",
    "annotations",
    "raw_text",
)
TOKENS = "text_bert"
"""MMSA's token numbers, which are no features."""

KINDS = ".npz, .parquet, .h5, .hdf5, .csd, .pkl, .pickle, or a folder of ID.npy"


@dataclass
class _Content:
    """What a reader of one format found.

    Parameters
    ----------
    ids
        In the file's order.
    size
        D of every utterance.
    read
        Index to ``[T, D]`` or ``[D]``, of any numeric type.
    padded
        All utterances have the same T, the short ones filled up with zeros.
    lengths
        Real steps per utterance, if the file says.
    close
        Lets go of the file.
    """

    ids: Sequence[str]
    size: int
    read: Callable[[int], Array]
    padded: bool = False
    lengths: NDArray[np.int64] | None = None
    close: Callable[[], None] = lambda: None


class FeatureTable:
    """Features ``[T, D]`` per utterance id, read when they are asked for.

    Values that are not finite (or not in float32) are set to 0. Of a padded array those steps
    are left out that the file's lengths say are no steps; if it has none, steps at either end
    that are zero throughout. `problems` counts all of this over what has been read.
    """

    def __init__(self, path: Path, content: _Content) -> None:
        self.path = path
        self.ids = tuple(content.ids)
        self.size = content.size
        self._content = content
        self._places = _places(path, self.ids)
        self._not_finite: dict[str, int] = {}
        self._beyond: set[str] = set()
        self._empty: set[str] = set()

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __contains__(self, utterance: object) -> bool:
        return utterance in self._places

    def __getitem__(self, utterance: str) -> NDArray[np.float32]:
        """Return ``[T, D]``; T is 0 for an utterance that has none.

        Raises
        ------
        KeyError
            There is no such utterance.
        DataError
            The file is damaged there.
        """
        place = self._places[utterance]
        with _readable(self.path, f" at utterance {utterance!r}"):
            values = self._content.read(place)
        with np.errstate(over="ignore", invalid="ignore"):
            found = np.array(values, dtype=np.float32, ndmin=2)  # a copy, for it is changed
        if found.ndim != 2 or (found.shape[1] != self.size and found.size):
            raise DataError(
                f"{self.path} has {found.shape[1]} features at utterance {utterance!r} and "
                f"{self.size} at others; all need the same."
            )
        bad = ~np.isfinite(found)
        if bad.any():
            found[bad] = 0
            self._not_finite[utterance] = int(bad.sum())
        found = self._without_padding(found, place, utterance)
        return found if found.size else np.zeros((0, self.size), np.float32)

    def zeroed(self, utterance: str) -> int:
        """How many values of an utterance that was read were not finite and are 0 now."""
        return self._not_finite.get(utterance, 0)

    @property
    def problems(self) -> list[str]:
        """What was changed in what has been read so far, a sentence each."""
        sentences = (
            (
                self._not_finite,
                f"{sum(self._not_finite.values())} values in %s are NaN, infinite or beyond "
                "float32; they were set to 0.",
            ),
            (self._beyond, "values after the length, left out, in %s."),
            (self._empty, "zeros throughout, taken as absent, in %s."),
        )
        return [
            f"{self.path}: {text % _counted(len(which), 'utterance')}"
            for which, text in sentences
            if which
        ]

    def close(self) -> None:
        """Let go of the file."""
        self._content.close()

    def _without_padding(
        self, values: NDArray[np.float32], place: int, utterance: str
    ) -> NDArray[np.float32]:
        lengths = self._content.lengths
        if lengths is not None:
            return self._first(values, int(lengths[place]), utterance)
        if not self._content.padded:
            return values
        steps = np.flatnonzero(values.any(axis=1))
        if not len(steps):
            self._empty.add(utterance)
            return values[:0]
        return values[steps[0] : steps[-1] + 1]

    def _first(
        self, values: NDArray[np.float32], length: int, utterance: str
    ) -> NDArray[np.float32]:
        """The real steps: the first ones, or the last ones where the zeros stand in front."""
        padding = len(values) - length
        if values[length:].any():
            if not values[:padding].any():
                return values[padding:]
            self._beyond.add(utterance)
        return values[:length]


def open_features(path: Path, modality: str | None = None) -> FeatureTable:
    """Open a file or folder of features.

    Parameters
    ----------
    path
        An ``.npz`` (an array per id; or ``ids`` with one array ``[N, T, D]`` or ``[N, D]`` and
        perhaps ``lengths``), Parquet (``id`` and numeric columns, or a column of lists), HDF5 (a
        dataset per id; ``ids`` and an array; or the CMU SDK's ``.csd``), a pickle (an array per
        id; or MMSA's layout), a folder of ``ID.npy``, or what ``emobench data import`` wrote.
    modality
        Which to take where the file has several.

    Raises
    ------
    DataError
        The file is absent, damaged or of another layout, or its numbers do not agree.
    RequestError
        It has several modalities, and `modality` names none of them.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist.")
    reader = _FOLDER if path.is_dir() else _READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path} is no file of features; those that are read: {KINDS}.")
    with _readable(path):
        return FeatureTable(path, reader(path, modality))


@contextmanager
def _readable(path: Path, where: str = "") -> Iterator[None]:
    """Turn what a damaged file makes the libraries raise into one sentence."""
    try:
        yield
    except (
        OSError, ValueError, EOFError, KeyError, TypeError, NotImplementedError, RuntimeError,
        MemoryError, zlib.error, zipfile.BadZipFile,
    ) as error:  # fmt: skip
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(
            f"{path} cannot be read{where}: it is truncated, damaged or of another format "
            f"({reason}). Copy or download it again."
        ) from None


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _listed(names: Iterable[Any]) -> str:
    every = [str(n) for n in names]
    more = f" and {len(every) - 10} more" if len(every) > 10 else ""
    return ", ".join(every[:10]) + more


def _places(path: Path, ids: Sequence[str]) -> dict[str, int]:
    if not ids:
        raise DataError(f"{path} has no utterance.")
    twice = [name for name, n in Counter(ids).items() if n > 1]
    if twice:
        raise DataError(f"{path} has utterances more than once: {_listed(twice)}.")
    return {name: place for place, name in enumerate(ids)}


def _common_size(path: Path, shapes: dict[str, tuple[int, ...]]) -> int:
    """D of arrays ``[T, D]`` or ``[D]``, or an error that names those that differ."""
    bad = [f"{name} {list(shape)}" for name, shape in shapes.items() if len(shape) not in (1, 2)]
    if bad:
        raise DataError(f"{path} has arrays that are neither [T, D] nor [D]: {_listed(bad)}.")
    sizes = Counter(shape[-1] for shape in shapes.values() if math.prod(shape))
    if not sizes:
        raise DataError(f"{path} has no features: every array is empty.")
    usual = sizes.most_common(1)[0][0]
    other = [
        f"{name} ({shape[-1]})"
        for name, shape in shapes.items()
        if math.prod(shape) and shape[-1] != usual
    ]
    if other:
        raise DataError(
            f"{path} has {usual} features for most utterances, another number for: "
            f"{_listed(other)}."
        )
    return usual


def _numeric(path: Path, name: str, dtype: np.dtype[Any]) -> None:
    if dtype.kind not in "biuf":
        raise DataError(f"{path} has values of type {dtype} in {name!r}; features are numbers.")


def _names(path: Path, ids: Any) -> list[str]:
    """Ids as text: ``[N]`` or ``[N, 1]`` as they are, ``[N, k]`` (video, clip) joined by ``_``."""
    array = np.asarray(ids)
    if array.ndim not in (1, 2):
        raise DataError(f"{path} has ids of {array.ndim} dimensions; it needs one per utterance.")
    rows = array.reshape(len(array), -1).tolist()
    return ["_".join(_text(part) for part in row) for row in rows]


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value).encode("utf-8", "replace").decode()  # half a surrogate can be in no file


def _chosen(path: Path, names: Sequence[str], modality: str | None) -> str:
    """Pick the array: the only one, or the one that is called like `modality`."""
    if modality:
        lowered = {name.lower(): name for name in reversed(names)}
        for alias in ALIASES.get(modality, (modality,)):
            if alias in lowered:
                return lowered[alias]
        for alias in ALIASES.get(modality, ()):
            starting = [n for n in names if n.lower() == f"{alias}_features"]
            if starting:
                return starting[0]
    others = [m for m, aliases in ALIASES.items() if m != modality and names[0].lower() in aliases]
    if len(names) == 1 and not (modality and others):
        return names[0]
    if modality:
        raise DataError(f"{path} has no features of {modality}; it has {_listed(names)}.")
    raise RequestError(
        f"{path} has features of several kinds ({_listed(names)}): say which with --modality."
    )


def _agree(path: Path, ids: int, counts: dict[str, int]) -> None:
    wrong = [f"{n} of {name!r}" for name, n in counts.items() if n != ids]
    if wrong:
        raise DataError(f"{path} has {ids} ids but {', '.join(wrong)}.")


def _checked_lengths(
    path: Path, ids: Sequence[str], lengths: Any, shape: tuple[int, ...]
) -> NDArray[np.int64] | None:
    """Steps per utterance, at most T each."""
    if lengths is None:
        return None
    found = np.asarray(lengths).reshape(-1)
    _agree(path, len(ids), {"lengths": len(found)})
    if found.dtype.kind not in "iuf" or (found != found.astype(np.int64)).any():
        raise DataError(f"{path} has lengths that are no whole numbers.")
    whole: NDArray[np.int64] = found.astype(np.int64)
    steps = shape[1] if len(shape) == 3 else 1
    wrong = [
        f"{name} ({n})" for name, n in zip(ids, whole.tolist(), strict=True) if not 0 <= n <= steps
    ]
    if wrong:
        raise DataError(
            f"{path} has arrays of {_counted(steps, 'step')} and lengths beyond them: "
            f"{_listed(wrong)}."
        )
    return whole


def _block(
    path: Path, ids: list[str], name: str, array: Any, lengths: Any, others: dict[str, int]
) -> _Content:
    """One array of all utterances: ``[N, T, D]`` or ``[N, D]``, in memory or not."""
    shape = tuple(int(n) for n in array.shape)
    if len(shape) not in (2, 3):
        raise DataError(
            f"{path} has {name!r} of shape {list(shape)}; it must be [N, T, D], [N, D]."
        )
    _agree(path, len(ids), {name: shape[0]} | others)
    _numeric(path, name, array.dtype)
    checked = _checked_lengths(path, ids, lengths, shape)
    return _Content(ids, shape[-1], array.__getitem__, len(shape) == 3, checked)


def _arrays(path: Path, by_id: dict[str, Any]) -> _Content:
    """An array per utterance, all in memory."""
    arrays = {_text(name): np.asarray(values) for name, values in by_id.items()}
    for name, values in arrays.items():
        _numeric(path, name, values.dtype)
    size = _common_size(path, {n: a.shape for n, a in arrays.items()})
    every = list(arrays.values())
    return _Content(list(arrays), size, every.__getitem__)


# ------------------------------------------------------------------------------------- NumPy


@dataclass(frozen=True)
class _Header:
    """The head of a ``.npy``: what follows it, and where that begins."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    start: int

    @property
    def end(self) -> int:
        """Bytes of the whole."""
        return self.start + math.prod(self.shape) * self.dtype.itemsize


def _header(path: Path, name: str, file: IO[bytes]) -> _Header:
    version = npy.read_magic(file)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise DataError(f"{path} has fields in {name!r}; features are plain arrays.")
    shape, fortran, dtype = readers[version](file)
    if dtype.hasobject:
        raise DataError(
            f"{path} has Python objects in {name!r}, which are not read. Save ids with "
            "dtype=str and features as numbers."
        )
    return _Header(shape, fortran, dtype, file.tell())


def _read_npz(path: Path, modality: str | None) -> _Content:
    zipped = zipfile.ZipFile(path)
    members = {i.filename.removesuffix(".npy"): i for i in zipped.infolist()}
    headers: dict[str, _Header] = {}
    for name, info in members.items():
        with zipped.open(info) as file:
            headers[name] = head = _header(path, name, file)
        if head.end != info.file_size:
            raise DataError(f"{path} is damaged: {name!r} is not as long as its head says.")
    loaded = np.load(path, allow_pickle=False)

    def close() -> None:
        loaded.close()
        zipped.close()

    ids = next((n for n in IDS if n in headers and headers[n].dtype.kind in "USiu"), None)
    if ids is not None:
        content = _npz_block(path, headers, members, loaded, ids, modality)
    else:
        for name, head in headers.items():
            _numeric(path, name, head.dtype)
        size = _common_size(path, {n: h.shape for n, h in headers.items()})
        names = list(headers)
        content = _Content(names, size, lambda place: loaded[names[place]])
    content.close = close
    return content


def _npz_block(
    path: Path,
    headers: dict[str, _Header],
    members: dict[str, zipfile.ZipInfo],
    loaded: Any,
    ids: str,
    modality: str | None,
) -> _Content:
    names = _names(path, loaded[ids])
    name, lengths, others = _columns(
        path, {n: (h.shape, h.dtype) for n, h in headers.items()}, ids, modality
    )
    head, info = headers[name], members[name]
    array: Array
    if info.compress_type == zipfile.ZIP_STORED and head.end > head.start:
        start = _data_start(path, info) + head.start
        order: Any = "F" if head.fortran else "C"
        array = np.memmap(path, head.dtype, "r", start, head.shape, order)
    else:
        array = loaded[name]  # compressed: no way into the middle
    return _block(path, names, name, array, loaded[lengths] if lengths else None, others)


def _data_start(path: Path, info: zipfile.ZipInfo) -> int:
    """Where a stored member's bytes begin: after its local header, name and extra field."""
    with path.open("rb") as file:
        file.seek(info.header_offset + 26)
        sizes = file.read(4)
    name, extra = int.from_bytes(sizes[:2], "little"), int.from_bytes(sizes[2:], "little")
    return info.header_offset + 30 + name + extra


def _columns(
    path: Path,
    arrays: dict[str, tuple[tuple[int, ...], np.dtype[Any]]],
    ids: str,
    modality: str | None,
) -> tuple[str, str | None, dict[str, int]]:
    """Name of the features, of their lengths if there are, and lengths of the labels."""
    of_lengths = [n for n in arrays if n in LENGTHS or n.endswith(("_lengths", "_length"))]
    known = {ids, *IDS, *of_lengths, *LABELS}
    features = [
        n
        for n, (shape, dtype) in arrays.items()
        if n not in known and len(shape) in (2, 3) and dtype.kind in "biuf"
    ]
    if not features:
        raise DataError(
            f"{path} has ids but no array [N, T, D] or [N, D] beside them; it has "
            f"{_listed(arrays)}."
        )
    name = _chosen(path, features, modality)
    own = [f"{n}_{length}" for n in (name, *ALIASES.get(modality or "", ())) for length in LENGTHS]
    lengths = next((n for n in (*own, *LENGTHS) if n in of_lengths), None)
    others = {n: arrays[n][0][0] for n in LABELS if n in arrays and arrays[n][0]}
    return name, lengths, others


def _read_folder(path: Path, modality: str | None) -> _Content:
    if (path / "ids.json").is_file():
        return _read_imported(path)
    files = sorted(path.glob("*.npy"))
    if not files:
        raise DataError(f"{path} is a folder without ID.npy files; those that are read: {KINDS}.")
    shapes: dict[str, tuple[int, ...]] = {}
    for file in files:
        with _readable(file), file.open("rb") as opened:
            head = _header(file, file.stem, opened)
        _numeric(file, file.stem, head.dtype)
        if file.stat().st_size < head.end:
            raise DataError(
                f"{file} is truncated: it has {file.stat().st_size} of {head.end} bytes. "
                "Copy or download it again."
            )
        shapes[file.stem] = head.shape
    size = _common_size(path, shapes)
    return _Content(list(shapes), size, lambda place: np.load(files[place], allow_pickle=False))


def _read_imported(path: Path) -> _Content:
    ids = json.loads((path / "ids.json").read_text(encoding="utf-8"))
    values = Ragged(path)
    _agree(path, len(ids), {"offsets.npy": len(values)})
    return _Content(ids, values.size, values.__getitem__)


# ------------------------------------------------------------------------------------ Parquet


def _read_parquet(path: Path, modality: str | None) -> _Content:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, memory_map=True)
        schema = file.schema_arrow
        key = next((n for n in IDS if n in schema.names), None)
        if key is None:
            raise DataError(f"{path} has no column 'id'; it has {_listed(schema.names)}.")
        ids = [_text(v) for v in file.read(columns=[key]).column(key).to_pylist()]
        others = [f for f in schema if f.name != key and f.name != "__index_level_0__"]
        lists = [f.name for f in others if _is_list(f.type)]
        columns = [_chosen(path, lists, modality)] if lists else [f.name for f in others]
        wrong = [f"{f.name} ({f.type})" for f in others if not lists and not _is_number(f.type)]
        if wrong:
            raise DataError(f"{path} has columns that are no numbers: {_listed(wrong)}.")
        if not columns:
            raise DataError(f"{path} has no column beside {key!r}.")
        rows = _ParquetRows(path, file, columns, bool(lists))
        size = rows.size() if lists else len(columns)
    except pa.ArrowException as error:
        raise ValueError(str(error)) from None
    return _Content(ids, size, rows.read, close=file.close)


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


class _ParquetRows:
    """Rows of a Parquet file, one row group in memory at a time."""

    def __init__(self, path: Path, file: Any, columns: list[str], lists: bool) -> None:
        self._path, self._file, self._columns, self._lists = path, file, columns, lists
        sizes = [file.metadata.row_group(g).num_rows for g in range(file.metadata.num_row_groups)]
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._group, self._table = -1, None

    def read(self, place: int) -> Array:
        """Return one row, ``[D]`` or ``[T, D]``."""
        import pyarrow as pa

        group = int(np.searchsorted(self._starts, place, side="right")) - 1
        try:
            if group != self._group:
                self._table = self._loaded(group)
                self._group = group
            row = place - int(self._starts[group])
            if isinstance(self._table, np.ndarray):
                return self._table[row]
            return self._list(self._table[row])  # type: ignore[index]
        except pa.ArrowException as error:
            raise ValueError(str(error)) from None

    def size(self) -> int:
        """D of the first row that has any."""
        for place in range(int(self._starts[-1])):
            found = self.read(place)
            if found.size:
                return int(found.shape[-1])
        raise DataError(f"{self._path} has no features: every list is empty.")

    def _loaded(self, group: int) -> Any:
        table = self._file.read_row_group(group, columns=self._columns)
        if self._lists:
            return table.column(self._columns[0]).combine_chunks()
        columns = [table.column(c).to_numpy().astype(np.float32) for c in self._columns]
        return np.stack(columns, axis=1) if columns else np.zeros((table.num_rows, 0))

    def _list(self, scalar: Any) -> Array:
        values = scalar.values
        if values is None:
            return np.zeros((0, 0), np.float32)
        if not _is_list(values.type):
            return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)
        sizes = set(values.value_lengths().to_pylist())
        if len(sizes) > 1:
            raise DataError(f"{self._path} has an utterance whose steps differ in their features.")
        flat = np.asarray(values.flatten().to_numpy(zero_copy_only=False), dtype=np.float64)
        return flat.reshape(len(values), -1) if flat.size else np.zeros((0, 0), np.float32)


# --------------------------------------------------------------------------------------- HDF5


def _read_hdf5(path: Path, modality: str | None) -> _Content:
    import h5py

    file = h5py.File(path, "r")
    try:
        content = _hdf5_content(path, file, modality)
    except BaseException:
        file.close()
        raise
    content.close = file.close
    return content


def _hdf5_content(path: Path, file: Any, modality: str | None) -> _Content:
    import h5py

    data = _sequence(path, file)
    if data is not None:
        found = {n: _member(path, _member(path, data, n), "features") for n in data}
    else:
        found = {n: _member(path, file, n) for n in file}
    groups = [n for n, d in found.items() if not isinstance(d, h5py.Dataset)]
    if groups:
        raise DataError(
            f"{path} has neither a dataset per utterance nor the layout data/ID/features: "
            f"{_listed(groups)} are groups."
        )
    ids = next((n for n in IDS if data is None and n in found), None)
    if ids is not None:
        facts = {n: (d.shape, d.dtype) for n, d in found.items()}
        name, lengths, others = _columns(path, facts, ids, modality)
        names = _names(path, found[ids][()])
        steps = found[lengths][()] if lengths else None
        return _block(path, names, name, found[name], steps, others)
    for name, dataset in found.items():
        _numeric(path, name, dataset.dtype)
    size = _common_size(path, {n: d.shape for n, d in found.items()})
    every = list(found.values())
    return _Content(list(found), size, lambda place: every[place][()])


def _sequence(path: Path, file: Any) -> Any:
    """The group ``data`` of the CMU SDK's layout: ``NAME/data`` or ``data``; None if it is not."""
    import h5py

    names = list(file)
    top = file if "data" in names else None
    if len(names) == 1 and names[0] != "data":
        top = _member(path, file, names[0])
    if not isinstance(top, h5py.Group) or "data" not in top:
        return None
    data = _member(path, top, "data")
    if not isinstance(data, h5py.Group):
        return None
    without = [n for n in data if "features" not in _keys(_member(path, data, n))]
    if without:
        raise DataError(f"{path} has no features in data/ of: {_listed(without)}.")
    return data


def _keys(member: Any) -> list[str]:
    return list(member) if hasattr(member, "keys") else []


def _member(path: Path, group: Any, name: str) -> Any:
    """A member of a group that lies in this very file."""
    import h5py

    if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
        raise DataError(f"{path} has a link to another file at {name!r}, which is not followed.")
    member = group[name]
    if isinstance(member, h5py.Dataset) and (member.external or member.is_virtual):
        raise DataError(f"{path} keeps {name!r} in another file, which is not read.")
    return member


# ------------------------------------------------------------------------------------- pickles


def _read_pickled(path: Path, modality: str | None) -> _Content:
    content = read_pickle(path)
    parts = _parts_of(path, content)
    if not parts:
        return _arrays(path, content)
    return _joined(path, [_part(path, name, part, modality) for name, part in parts.items()])


def _parts_of(path: Path, content: Any) -> dict[str, dict[Any, Any]]:
    """Parts of MMSA's layout by name; ``all`` where there is one; none in another layout."""
    if not isinstance(content, dict):
        raise DataError(
            f"{path} holds a {type(content).__name__}; it must be a dict of arrays by id, or by "
            "train, valid and test."
        )
    parts = {n: p for n, p in content.items() if n in PARTS and isinstance(p, dict)}
    if not parts and any(n in content for n in IDS):
        return {"all": content}
    return parts


def _ids_in(path: Path, name: str, part: dict[Any, Any]) -> tuple[Path, str, list[str]]:
    """Where a part is, the key of its ids, and the ids."""
    place = path / name if name != "all" else path
    key = next((n for n in IDS if n in part), None)
    if key is None:
        raise DataError(f"{place} has no 'id'; it has {_listed(part)}.")
    return place, key, _names(place, part[key])


def _part(path: Path, name: str, part: dict[Any, Any], modality: str | None) -> _Content:
    """One part of MMSA's layout: arrays of all its utterances by modality, ids, labels."""
    place, key, ids = _ids_in(path, name, part)
    arrays = {
        str(n): _as_array(v)
        for n, v in part.items()
        if n not in (key, TOKENS) and isinstance(v, list | tuple | np.ndarray)
    }
    facts = {n: (a.shape, a.dtype) for n, a in arrays.items()}
    found, lengths, others = _columns(place, facts, key, modality)
    return _block(place, ids, found, arrays[found], arrays[lengths] if lengths else None, others)


def _as_array(values: Any) -> Array:
    """An array; of objects where the items differ in shape."""
    try:
        return np.asarray(values)
    except ValueError:
        ragged = np.empty(len(values), dtype=object)
        ragged[:] = values
        return ragged


def _joined(path: Path, parts: list[_Content]) -> _Content:
    """Several parts as one."""
    sizes = {p.size for p in parts}
    if len(sizes) > 1:
        raise DataError(f"{path} has parts of {' and '.join(map(str, sorted(sizes)))} features.")
    where = [(part, place) for part in parts for place in range(len(part.ids))]
    with_lengths = [p.lengths for p in parts if p.lengths is not None]
    if with_lengths and len(with_lengths) < len(parts):
        raise DataError(f"{path} has lengths in some parts and none in others.")

    def read(place: int) -> Array:
        part, row = where[place]
        return part.read(row)

    return _Content(
        [name for part in parts for name in part.ids],
        parts[0].size,
        read,
        parts[0].padded,
        np.concatenate(with_lengths) if with_lengths else None,
    )


@dataclass(frozen=True)
class Parts:
    """What a file in MMSA's layout holds, its utterances in one order.

    Parameters
    ----------
    ids
        Utterance ids; parts ``[video, start, end]`` are joined by ``_``.
    part
        Of each utterance, as the file calls it (``train``, ``valid``, …; ``all`` if it has none).
    facts
        Labels and texts that the file has, one per utterance: numbers (NaN where a part lacks
        them) or text (empty there).
    features
        Modality to its features, where it has any.
    problems
        Modality to what was changed in its values, in sentences; known of unpacked ones only.
    """

    ids: tuple[str, ...]
    part: tuple[str, ...]
    facts: dict[str, list[float] | list[str]]
    features: dict[str, FeatureTable]
    problems: dict[str, list[str]] = field(default_factory=dict)


def open_parts(path: Path, modalities: Iterable[str]) -> Parts:
    """Read a pickle in MMSA's layout once, for all `modalities`.

    The whole file is in memory as long as any of the features are;
    `emobench.intake.unpacked.unpack_parts` leaves it on disk.

    Raises
    ------
    DataError
        The file is absent, damaged, hostile or of another layout, or its numbers do not agree.
    """
    content = read_pickle(path)
    with _readable(path):
        parts = {n: _as_arrays(p) for n, p in _parts_of(path, content).items()}
        if not parts:
            raise DataError(
                f"{path} has neither 'train', 'valid' and 'test' nor 'id'; it has "
                f"{_listed(content)}."
            )
        ids = {n: _ids_in(path, n, part)[2] for n, part in parts.items()}
        every = tuple(name for names in ids.values() for name in names)
        _places(path, every)
        tables = {
            m: FeatureTable(path, _joined(path, [_part(path, n, p, m) for n, p in parts.items()]))
            for m in modalities
            if any(_offers(part, m) for part in parts.values())
        }
        facts = {}
        for fact in LABELS:
            values = _fact(path, fact, [(ids[n], part.get(fact)) for n, part in parts.items()])
            if values is not None:
                facts[fact] = values
    return Parts(every, tuple(n for n, names in ids.items() for _ in names), facts, tables)


def _as_arrays(part: dict[Any, Any]) -> dict[Any, Any]:
    return {n: _as_array(v) if isinstance(v, list | tuple) else v for n, v in part.items()}


def _offers(part: dict[Any, Any], modality: str) -> bool:
    """Whether a part has an array of numbers that is called like `modality`."""
    names = {n for alias in ALIASES[modality] for n in (alias, f"{alias}_features")}
    return any(
        str(n).lower() in names
        and isinstance(a, np.ndarray)
        and a.ndim > 1
        and a.dtype.kind in "biuf"
        for n, a in part.items()
    )


def _fact(
    path: Path, name: str, parts: list[tuple[list[str], Any]]
) -> list[float] | list[str] | None:
    """One value per utterance of all parts; None if there are none, or several of each."""
    arrays = [a if isinstance(a, np.ndarray) and a.ndim else None for _, a in parts]
    for (ids, _), array in zip(parts, arrays, strict=True):
        _agree(path, len(ids), {} if array is None else {name: len(array)})
    there = [a for a in arrays if a is not None]
    if not there or any(math.prod(a.shape[1:]) != 1 for a in there):
        return None
    numeric = all(a.dtype.kind in "biuf" for a in there)
    found: list[Any] = []
    for (ids, _), array in zip(parts, arrays, strict=True):
        if array is None:
            found += [math.nan if numeric else ""] * len(ids)
        else:
            values = array.reshape(-1).tolist()
            found += [float(v) if numeric else _text(v) for v in values]
    return found


_FOLDER = _read_folder
_READERS: dict[str, Callable[[Path, str | None], _Content]] = {
    ".npz": _read_npz,
    ".parquet": _read_parquet,
    ".pq": _read_parquet,
    ".h5": _read_hdf5,
    ".hdf5": _read_hdf5,
    ".csd": _read_hdf5,
    ".pkl": _read_pickled,
    ".pickle": _read_pickled,
    ".p": _read_pickled,
}
