"""PyTorch's ``.pt``: tensors and plain containers, read without running anything."""

from __future__ import annotations

import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

from emobench.errors import DataError
from emobench.intake.tensors import arrays_of
from emobench.intake.unpickling.refusal import Refused
from emobench.intake.unpickling.torch_zip import read_zip


def read_torch(path: Path) -> Any:
    """Read what ``torch.save`` wrote, tensors as arrays.

    Raises
    ------
    DataError
        The file needs code of its own to be read; none of it was run.
    """
    import torch

    try:
        try:
            value = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        except RuntimeError as error:
            if "mmap can only be used" not in str(error):
                raise
            value = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "GLOBAL numpy" in str(error) and zipfile.is_zipfile(path):
            return _with_arrays(path)
        wanted = re.search(r"GLOBAL ([\w.]+)", str(error))
        what = f"{wanted[1]}, which is no tensor" if wanted else "something else than tensors"
        raise DataError(
            f"{path} holds {what}; only tensors and plain containers are read, and nothing was "
            f"run. {_remedy(path)}"
        ) from None
    except RuntimeError as error:
        if "TorchScript" not in str(error):
            raise
        raise DataError(f"{path} is a program (TorchScript), no features.") from None
    except (DataError, OSError):
        raise
    except Exception as error:  # whatever PyTorch's reader raises for a broken file
        raise ValueError(f"{type(error).__name__}: {error}") from None
    return arrays_of(value)


def _with_arrays(path: Path) -> Any:
    """Arrays of NumPy that were saved by ``torch.save``."""
    try:
        with zipfile.ZipFile(path) as archive:
            return read_zip(archive)
    except Refused as refusal:
        raise DataError(f"{path} {refusal}, and nothing was run. {_remedy(path)}") from None
    except OSError:
        raise
    except Exception:  # any error that a broken file causes in the parser
        raise DataError(f"{path} is damaged. Copy or download it again.") from None


def _remedy(path: Path) -> str:
    return (
        "Convert it where you trust it: `d = torch.load"
        f"({path.name!r}, weights_only=False)`, then `numpy.savez({path.stem + '.npz'!r}, "
        "**{k: numpy.asarray(v) for k, v in d.items()})`."
    )
