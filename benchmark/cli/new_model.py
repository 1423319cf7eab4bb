"""``emobench new-model``: a model file to start from."""

from __future__ import annotations

import importlib.util
import keyword
from importlib.resources import files
from pathlib import Path
from string import Template

import typer

from emobench.discovery.registry import registry
from emobench.errors import RequestError

TAKEN = ("Batch", "Card", "Config", "Model", "Output", "Sequence", "Task", "TrainingConfig")
"""Names that the file imports or defines beside the model's class."""


def new_model_command(name: str, folder: Path) -> None:
    """Write ``NAME.py`` into `folder` and say what to type next."""
    path = new_model(name, folder)
    typer.echo(f"Wrote {path.name}, a whole model. Change it, then type:")
    typer.echo(f"  emobench check {path.name}")
    typer.echo(f"  emobench run --models {path.name},late_fusion")


def new_model(name: str, folder: str | Path = ".") -> Path:
    """Write a small model that passes the check and runs: ``emobench new-model``.

    Parameters
    ----------
    name
        Name of the model, and of its file.
    folder
        Where the file is written.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RequestError
        The name cannot be a model's, or the file is there already.
    """
    path = Path(folder) / f"{name}.py"
    _check(name, path)
    template = (files("emobench.cli") / "templates" / "model.py.txt").read_text(encoding="utf-8")
    text = Template(template).substitute(name=name, class_name=_class_name(name))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise RequestError(f"Cannot write {path}: {error.strerror or error}.") from None
    return path


def _check(name: str, path: Path) -> None:
    """Refuse a name that would not work, and say why."""
    if not (name.isidentifier() and name.isascii()) or keyword.iskeyword(name):
        hint = " Leave out the .py." if name.endswith(".py") else ""
        raise RequestError(
            f"{name!r} cannot name a model: use letters, digits and underscores, as in my_model "
            f"(no digit first, no word of Python's own).{hint}"
        )
    if name == "all":
        raise RequestError("'all' means every model on the command line; choose another name.")
    if path.exists():
        raise RequestError(f"{path.name} is here already; choose another name, or move it away.")
    if name in registry("model"):
        raise RequestError(f"There is a model {name!r} already; choose another name.")
    if importlib.util.find_spec(name) is not None:
        raise RequestError(
            f"A file {path.name} would hide the Python module {name!r}; choose another name."
        )


def _class_name(name: str) -> str:
    """``my_model`` to ``MyModel``, avoiding names that the file uses already."""
    words = "".join(word[:1].upper() + word[1:] for word in name.split("_"))
    if not words.isidentifier():
        words = f"Own{words}"
    return f"{words}Network" if words in TAKEN else words
