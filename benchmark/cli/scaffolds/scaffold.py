"""``emobench new-model`` and its like: one mechanism, a template for each kind of file."""

from __future__ import annotations

import importlib.util
import keyword
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

import typer

from emobench.cli.scaffolds.example_recordings import write_recordings
from emobench.discovery.registry import registry
from emobench.errors import RequestError


@dataclass(frozen=True)
class Scaffold:
    """A kind of file to start from.

    Parameters
    ----------
    kind
        The word for it: ``model``. Its template is ``KIND.py.txt``.
    word
        What it is called in sentences.
    ending
        What is put behind a class's name that the file uses otherwise.
    taken
        Names that the file imports or defines beside the class.
    known
        Gives the names that there are already.
    commands
        What to type next; ``{file}`` and ``{name}`` are filled in.
    """

    kind: str
    word: str
    ending: str
    taken: tuple[str, ...]
    known: Callable[[], Iterable[str]]
    commands: tuple[str, ...]


def _representations() -> Iterable[str]:
    from emobench.discovery.representations import representations

    return representations()


SCAFFOLDS = {
    "model": Scaffold(
        "model",
        "model",
        "Network",
        ("Batch", "Card", "Config", "Model", "Output", "Sequence", "Task", "TrainingConfig"),
        lambda: registry("model"),
        ("emobench check {file}", "emobench run --models {file},late_fusion"),
    ),
    "representation": Scaffold(
        "representation",
        "representation",
        "Features",
        ("Representation",),
        _representations,
        (
            "emobench check {file}",
            "emobench run --models late_fusion,mlp --dataset simulated:size=420 "
            "--encoder audio={file}",
        ),
    ),
    "dataset": Scaffold(
        "dataset",
        "corpus",
        "Corpus",
        ("ClipError", "DataError", "Dataset", "DatasetCard", "Path"),
        lambda: registry("dataset"),
        (
            "emobench check {file} --data-dir .",
            "emobench run --dataset {file} --data-dir . --models late_fusion,mlp "
            "--protocol full_modalities",
        ),
    ),
    "protocol": Scaffold(
        "protocol",
        "protocol",
        "Protocol",
        ("Condition", "Options", "Protocol", "ProtocolCard", "Regime", "Setting", "Summary"),
        lambda: registry("protocol"),
        (
            "emobench check {file}",
            "emobench run --protocol {file} --models late_fusion,mlp",
        ),
    ),
}
"""Every kind by its word."""


def new_model(name: str, folder: str | Path = ".") -> Path:
    """Write a small model that passes the check and runs, and return its file.

    The parameters are those of ``emobench new-model``; `folder` is where the file is written.

    Raises
    ------
    RequestError
        The name cannot be a model's, or the file is there already.
    """
    return new_file("model", name, Path(folder))[0]


def new_representation(name: str, folder: str | Path = ".") -> Path:
    """Write features of one's own that pass the check and run; see `new_model`."""
    return new_file("representation", name, Path(folder))[0]


def new_dataset(name: str, folder: str | Path = ".", example: bool = True) -> Path:
    """Write a corpus with a layout of its own; see `new_model`.

    With `example` a folder of made-up recordings lies beside the file.
    """
    return new_file("dataset", name, Path(folder), example)[0]


def new_protocol(name: str, folder: str | Path = ".") -> Path:
    """Write a protocol that passes the check and runs; see `new_model`."""
    return new_file("protocol", name, Path(folder))[0]


def new_file(kind: str, name: str, folder: Path, example: bool = False) -> tuple[Path, int]:
    """Write ``NAME.py`` into `folder`; return it, and how many recordings lie beside it.

    Parameters
    ----------
    kind
        A word of `SCAFFOLDS`.
    name
        Name of what is in the file, and of the file.
    folder
        Where it is written.
    example
        Of a dataset: whether a folder of made-up recordings is written beside it.

    Raises
    ------
    RequestError
        The name cannot be one, or the file or the folder is there already.
    """
    scaffold = SCAFFOLDS[kind]
    path, recordings = folder / f"{name}.py", folder / name
    _check(scaffold, name, path)
    if example and recordings.exists():
        raise RequestError(
            f"{name}/ is here already; --no-example leaves it as it is and writes {name}.py alone."
        )
    text = (files("emobench.cli") / "templates" / f"{kind}.py.txt").read_text(encoding="utf-8")
    filled = Template(text).substitute(name=name, class_name=_class_name(scaffold, name))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(filled)
        count = write_recordings(recordings) if example else 0
    except OSError as error:
        raise RequestError(f"Cannot write {path}: {error.strerror or error}.") from None
    return path, count


def new_file_command(kind: str, name: str, folder: Path, example: bool = False) -> None:
    """Write ``NAME.py`` into `folder` and say what to type next; see `new_file`."""
    scaffold = SCAFFOLDS[kind]
    path, count = new_file(kind, name, folder, example)
    typer.echo(f"Wrote {path.name}, a whole {scaffold.word}. Change it, then type:")
    for command in scaffold.commands:
        typer.echo(f"  {command.format(file=path.name, name=name)}")
    if example:
        typer.echo(f"{name}/ holds {count} made-up recordings to try it on: put yours there.")
    elif kind == "dataset":
        typer.echo(f"The header of {path.name} says what it expects to find in {name}/.")


def _check(scaffold: Scaffold, name: str, path: Path) -> None:
    """Refuse a name that would not work, and say why."""
    kind = scaffold.kind
    if not (name.isidentifier() and name.isascii()) or keyword.iskeyword(name):
        hint = " Leave out the .py." if name.endswith(".py") else ""
        raise RequestError(
            f"{name!r} cannot name a {kind}: use letters, digits and underscores, as in my_{kind} "
            f"(no digit first, no word of Python's own).{hint}"
        )
    if name == "all":
        raise RequestError(f"'all' means every {kind} on the command line; choose another name.")
    if path.exists():
        raise RequestError(f"{path.name} is here already; choose another name, or move it away.")
    if name in scaffold.known():
        raise RequestError(f"There is a {kind} {name!r} already; choose another name.")
    if importlib.util.find_spec(name) is not None and not path.with_suffix("").is_dir():
        raise RequestError(
            f"A file {path.name} would hide the Python module {name!r}; choose another name."
        )


def _class_name(scaffold: Scaffold, name: str) -> str:
    """``my_model`` to ``MyModel``, avoiding names that the file uses already."""
    words = "".join(word[:1].upper() + word[1:] for word in name.split("_"))
    if not words.isidentifier():
        words = f"Own{words}"
    if words in scaffold.taken:
        words = f"{words}{scaffold.ending}"
    return f"{words}Own" if words in scaffold.taken else words
