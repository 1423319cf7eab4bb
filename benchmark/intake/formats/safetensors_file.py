"""``.safetensors``: tensors by name, each read when it is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from emobench.errors import DataError
from emobench.intake.formats.content import Array
from emobench.intake.formats.named_arrays import NamedArrays

_TYPES = {
    "F64": "f8", "F32": "f4", "F16": "f2", "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1",
    "U64": "u8", "U32": "u4", "U16": "u2", "U8": "u1", "BOOL": "?", "C64": "c8", "C128": "c16",
}  # fmt: skip


def read_safetensors(path: Path) -> NamedArrays:
    """Open a file; types that NumPy lacks (bfloat16, float8) become float32."""
    import safetensors

    try:
        file: Any = safetensors.safe_open(path, framework="numpy")
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 - no dict
        facts = {
            name: (tuple(int(n) for n in s.get_shape()), np.dtype(_TYPES.get(s.get_dtype(), "f4")))
            for name, s in slices.items()
        }
    except safetensors.SafetensorError as error:
        raise ValueError(str(error)) from None
    odd = {name for name, s in slices.items() if s.get_dtype() not in _TYPES}
    wide: Any = safetensors.safe_open(path, framework="pt") if odd else None

    def load(name: str) -> Array:
        if name not in odd:
            values: Array = file.get_tensor(name)
            return values
        import torch

        floats: Array = wide.get_tensor(name).to(torch.float32).numpy()
        return floats

    if not facts:
        raise DataError(f"{path} holds no tensor.")
    return NamedArrays(facts, load)
