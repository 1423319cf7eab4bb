"""The names that a pickle may contain, and the function behind each; all others are refused."""

from __future__ import annotations

from emobench.intake.unpickling.allowlist import Admitted
from emobench.intake.unpickling.arrays import NDARRAY, frombuffer, make_dtype, reconstruct, scalar
from emobench.intake.unpickling.plain import (
    TIMES,
    encode,
    make_bytearray,
    make_bytes,
    make_complex,
    make_frozenset,
    make_ordered,
    make_set,
    make_time,
)
from emobench.intake.unpickling.torch_storage import load_storage, rebuild, rebuild_parameter

BY_NAME: dict[tuple[str, str], Admitted] = {
    ("numpy", "ndarray"): NDARRAY,
    ("numpy", "dtype"): Admitted(make_dtype),
    ("_codecs", "encode"): Admitted(encode),
    ("collections", "OrderedDict"): Admitted(make_ordered),
    ("torch.storage", "_load_from_bytes"): Admitted(load_storage),
    ("torch._utils", "_rebuild_tensor_v2"): Admitted(rebuild),
    ("torch._utils", "_rebuild_parameter"): Admitted(rebuild_parameter),
    **{
        (f"numpy.{core}.{module}", name): Admitted(build)
        for core in ("core", "_core")
        for module, name, build in (
            ("multiarray", "_reconstruct", reconstruct),
            ("multiarray", "scalar", scalar),
            ("numeric", "_frombuffer", frombuffer),
        )
    },
    **{
        (module, name): Admitted(build)
        for module in ("builtins", "__builtin__")
        for name, build in (
            ("set", make_set),
            ("frozenset", make_frozenset),
            ("bytes", make_bytes),
            ("bytearray", make_bytearray),
            ("complex", make_complex),
        )
    },
    **{("datetime", kind.__name__): Admitted(make_time(kind)) for kind in TIMES},
}
