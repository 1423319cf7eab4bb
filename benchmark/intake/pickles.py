"""Reads an untrusted pickle without letting it call anything.

`emobench.intake.unpickling` says how this is ensured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emobench.errors import DataError
from emobench.intake.unpickling.plain import check_plain
from emobench.intake.unpickling.refusal import Refused
from emobench.intake.unpickling.unpickler import Bounded, Unpickler

REMEDY = (
    "only NumPy arrays and plain containers are read. Save its arrays with numpy.savez on a "
    "machine where you trust it"
)


def read_pickle(path: Path) -> Any:
    """Read NumPy arrays, plain containers and numbers from a pickle of any Python.

    Text of a Python 2 ``str`` is read as Latin-1, which arrays of that time need.

    Raises
    ------
    DataError
        The file is absent, broken or no pickle, or wants anything but arrays, NumPy numbers,
        ``dict``, ``OrderedDict``, ``list``, ``tuple``, ``set``, text, bytes, numbers and times.
        Nothing of it has been run.
    """
    try:
        with path.open("rb") as file:
            bounded = Bounded(file, path.stat().st_size)
            value = Unpickler(bounded).load()
            left = bounded.left
        if left:
            raise Refused(f"goes on for {left} bytes after its first object")
        check_plain(value)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None
    except Refused as refusal:
        raise DataError(f"{path} is a pickle that {refusal}; {REMEDY}.") from None
    except EOFError:
        raise DataError(f"{path} ends too early for a pickle. Copy or download it again.") from None
    except Exception:  # any error that a broken file causes in the parser
        raise DataError(
            f"{path} cannot be read as a pickle: it is another kind of file, or damaged."
        ) from None
    return value
