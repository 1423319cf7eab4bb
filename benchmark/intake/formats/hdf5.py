"""HDF5, and the CMU SDK's ``.csd``; links out of the file are not followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emobench.errors import DataError
from emobench.intake.checks import check_numeric, common_size, listed
from emobench.intake.formats.content import Content, from_block
from emobench.intake.formats.limits import refuse_claim
from emobench.intake.formats.named_arrays import NamedArrays
from emobench.intake.formats.scout import ScoutDied, read_hdf5_texts
from emobench.intake.layout import IDS, find_columns, ids_as_text


def read_hdf5(path: Path, modality: str | None) -> Content:
    """A dataset per id, ``ids`` and an array, or the CMU SDK's ``.csd``."""
    import h5py

    file = h5py.File(path, "r")
    try:
        content = _hdf5_content(path, file, modality)
    except BaseException:
        file.close()
        raise
    content.close = file.close
    return content


def hdf5_arrays(path: Path) -> NamedArrays:
    """The arrays of a file that holds a single clip."""
    import h5py

    file = h5py.File(path, "r")
    found = {n: _member(path, file, n) for n in file}
    sets = {n: d for n, d in found.items() if isinstance(d, h5py.Dataset)}
    facts = {n: (tuple(d.shape), d.dtype) for n, d in sets.items()}
    return NamedArrays(facts, lambda name: sets[name][()], file.close)


def _hdf5_content(path: Path, file: Any, modality: str | None) -> Content:
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
            f"{listed(groups)} are groups."
        )
    ids = next((n for n in IDS if data is None and n in found), None)
    if ids is not None:
        facts = {n: (d.shape, d.dtype) for n, d in found.items()}
        name, lengths, others = find_columns(path, facts, ids, modality)
        _try_texts(path, found[ids])
        names = ids_as_text(path, found[ids][()])
        steps = found[lengths][()] if lengths else None
        return from_block(path, names, name, found[name], steps, others)
    for name, dataset in found.items():
        check_numeric(path, name, dataset.dtype)
    size = common_size(path, {n: d.shape for n, d in found.items()})
    every = list(found.values())
    return Content(list(found), size, lambda place: every[place][()])


def _try_texts(path: Path, dataset: Any) -> None:
    """Read texts of any length in another process first, which the HDF5 library may end.

    Where the heap with such texts is damaged, the library follows addresses to anywhere.

    Raises
    ------
    DataError
        It did.
    """
    if not dataset.dtype.hasobject:
        return
    try:
        read_hdf5_texts(path, dataset.name)
    except ScoutDied:
        raise DataError(
            f"{path} is damaged: reading {dataset.name!r} ends the process that does it. Copy or "
            "download it again."
        ) from None


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
        raise DataError(f"{path} has no features in data/ of: {listed(without)}.")
    return data


def _keys(member: Any) -> list[str]:
    return list(member) if hasattr(member, "keys") else []


def _member(path: Path, group: Any, name: str) -> Any:
    """A member of a group, if this file itself stores it."""
    import h5py

    if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
        raise DataError(f"{path} has a link to another file at {name!r}, which is not followed.")
    member = group[name]
    if member.file.filename != group.file.filename:  # by a link to a link
        raise DataError(f"{path} has a link to another file at {name!r}, which is not followed.")
    if isinstance(member, h5py.Dataset) and (member.external or member.is_virtual):
        raise DataError(f"{path} keeps {name!r} in another file, which is not read.")
    if isinstance(member, h5py.Dataset):
        refuse_claim(path, repr(name), member.nbytes, member.id.get_storage_size())
    return member
