"""The options of a run: one type for the command line, for a file and for Python.

Nothing here imports pydantic, torch or typer: the command line's defaults are read from here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from emobench.executor import DEFAULT
from emobench.remote.mirror import is_address


@dataclass(frozen=True)
class Read:
    """How a value that was typed becomes that of an option; pydantic calls it.

    Parameters
    ----------
    convert
        Turns what was typed into the option's own type; what it does not know it leaves.
    expected
        What the option takes, in words.
    """

    convert: Callable[[Any], Any]
    expected: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Return pydantic's schema: `convert` comes before the check of the type."""
        from pydantic_core import core_schema

        schema = handler(source)
        if schema["type"] in ("int", "bool"):  # 2.0 is no number of seeds, and 1 is not true
            schema = schema | {"strict": True}
        return core_schema.no_info_before_validator_function(self.convert, schema)


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _joined(value: Any) -> Any:
    """Names in one text, as the command line has them."""
    if isinstance(value, list | tuple):
        words = [_text(one) for one in value]
        return ",".join(words) if all(isinstance(word, str) for word in words) else value
    return _text(value)


def _several(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_text(one) for one in value)
    return () if value is None else (_text(value),)


def _number(value: Any) -> Any:
    """Also of NumPy's integers, which a notebook has."""
    is_number = hasattr(value, "__index__") and not isinstance(value, bool)
    return operator.index(value) if is_number else value


def _path(value: Any) -> Any:
    if not isinstance(value, str | Path):
        return value
    # No shell has done this for a file or for Python.
    is_home = Path(value).parts[:1] == ("~",)
    return Path(value).expanduser() if is_home else Path(value)


def _place(value: Any) -> Any:
    return value if is_address(str(value)) else _text(_path(value))


Number = Annotated[int, Read(_number, "a whole number")]
Flag = Annotated[bool, Read(_text, "true or false")]
Text = Annotated[str, Read(_text, "a text")]
Words = Annotated[str, Read(_joined, "a name or a list of names")]
Several = Annotated[tuple[str, ...], Read(_several, "MODALITY=NAME, or a list of these")]
Files = Annotated[tuple[str, ...], Read(_several, "a name, a path, or a list of these")]
File = Annotated[Path, Read(_path, "a path")]
Place = Annotated[str, Read(_place, "a path or an address")]


@dataclass(frozen=True)
class RunOptions:
    """What can be asked of a run, as typed; every field is an option of ``emobench run``.

    Its names, types and defaults are those of the command line, of a file and of `emobench.run`.
    """

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - pydantic reads it

    models: Words = "all"
    protocol: Words = "missing_modality"
    dataset: Words | None = None
    auxiliary: Text | None = None
    seeds: Number = 3
    folds: Number | None = None
    dev_folds: Number | None = None
    jobs: Number | None = None
    executor: Text = DEFAULT
    ray_address: Text | None = None
    shard: Text | None = None
    track: Text = "controlled"
    variant: Words = "corrected"
    backbone: Several = ()
    encoder: Several = ()
    epochs: Number | None = None
    bad_clips: Text = "absent"
    data_dir: File | None = None
    cache_dir: File | None = None
    results: Place = "results"
    device: Text = "auto"
    masks: File | None = None
    retry_failed: Flag = False
    save_every: Number = 5
    processes: Number = 1
    timeout: Text | None = None
    memory: Text | None = None
    watch: Flag = False
    verify_data: Flag = False
    tune: Number | None = None
    halving: Flag = False
    inner: Number | None = None
    callbacks: Files = ()

    @property
    def address(self) -> str | None:
        """The results as an address of fsspec; None if they are a folder."""
        return self.results if is_address(self.results) else None

    @property
    def folder(self) -> Path:
        """The results as a folder."""
        return Path(self.results)


DEFAULTS = RunOptions()
"""What is taken where nothing is typed."""
