"""The card of a model, corpus or protocol, with its options."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.commands.catalogue import KINDS
from emobench.discovery.registry import Entry, from_path, name_and_options, reader_of, registry
from emobench.discovery.source import AnyCard
from emobench.discovery.words import shield
from emobench.errors import RequestError, unknown

if TYPE_CHECKING:
    import pandas as pd

    from emobench.discovery.options import Option


@dataclass(frozen=True)
class CardSheet:
    """What ``emobench show`` prints of a model, corpus or protocol.

    Parameters
    ----------
    entry
        Its card and its file.
    typed
        Options that were typed after its name.
    choices
        Every option with its value and its default.
    """

    entry: Entry
    typed: dict[str, str] = field(default_factory=dict)
    choices: tuple[Option, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return self.entry.name

    @property
    def kind(self) -> str:
        """``model``, ``dataset`` or ``protocol``."""
        return self.entry.kind

    @property
    def path(self) -> Path:
        """Its file."""
        return self.entry.path

    @cached_property
    def card(self) -> AnyCard:
        """The card; of a model with the numbers that its presets give."""
        from emobench.discovery.card_numbers import filled

        return filled(self.entry) if self.kind == "model" else self.entry.card

    @property
    def options(self) -> pd.DataFrame:
        """A row per option: ``name``, ``value``, ``default``, ``changed``, ``meaning``.

        What is solved at once has no training loop, so that it lacks the loop's options.
        """
        import pandas as pd

        rows = [
            (one.name, one.value, one.default, one.is_changed, one.meaning.replace("``", ""))
            for one in self.effective
        ]
        return pd.DataFrame(rows, columns=["name", "value", "default", "changed", "meaning"])

    @property
    def effective(self) -> list[Option]:
        """The options that change something; one that was typed stays all the same."""
        from emobench.interface.training_config import TrainingConfig

        if not getattr(self.entry.card, "closed_form", False):
            return list(self.choices)
        shared = {f.name for f in fields(TrainingConfig)}
        return [one for one in self.choices if one.name not in shared or one.is_changed]

    @property
    def presets(self) -> dict[str, dict[str, Any]]:
        """A model's presets by name, each with what it changes of the first one."""
        from emobench.discovery.options import presets_of

        return presets_of(self.entry) if self.kind == "model" else {}

    @property
    def search_space(self) -> pd.DataFrame:
        """A row per option that a search draws; empty where there is nothing to search.

        ``name``, ``range``, ``start``, ``in_play_where``, ``searched``: what was typed is not.
        """
        import pandas as pd

        from emobench.discovery.options import configured

        rows = []
        if self.kind == "model":
            config = configured(self.entry, self.typed, "controlled")
            rows = [
                (name, one.text(), getattr(config, name), one.condition(), name not in self.typed)
                for name, one in self.entry.load().search_space.items()
            ]
        columns = ["name", "range", "start", "in_play_where", "searched"]
        return pd.DataFrame(rows, columns=columns)

    def content(self) -> dict[str, Any]:
        """Return all of it as plain data; the keys are documented, and stay."""
        space = self.search_space.set_index("name").to_dict("index")
        return {
            "kind": self.kind,
            "name": self.name,
            "file": str(self.path),
            "card": asdict(self.card),
            "options": self.options.to_dict("records"),
            "presets": self.presets,
            "search_space": space,
        }

    def __repr__(self) -> str:
        head = f"{self.name} ({self.kind}): {self.card.title}"
        shown = self.options[["name", "value", "default"]]
        return "\n".join([head, str(self.path), "", shown.to_string(index=False)])

    def _repr_html_(self) -> str:
        import html

        head = html.escape(f"{self.name} ({self.kind}): {self.card.title}")
        return f"<p>{head}</p>{self.options.to_html(index=False)}"


def card(word: str) -> CardSheet:
    """Return the card of a model, corpus or protocol, as ``emobench show`` prints it.

    Parameters
    ----------
    word
        A name or a path, with options as in ``emobench run``: ``mlp:hidden=64``.

    Raises
    ------
    RequestError
        The name or an option is unknown, or a file has several cards.
    """
    found = sheets(word)
    if len(found) > 1:
        names = ", ".join(f"{one.name} ({one.kind})" for one in found)
        raise RequestError(f"{word} has {len(found)} cards: {names}.")
    return found[0]


def sheets(word: str) -> list[CardSheet]:
    """Return every card of that name, or in that file.

    Raises
    ------
    RequestError
        The name or an option is unknown, or a value does not fit.
    """
    from emobench.discovery.options import options_of

    known = {name for kind in KINDS for name in registry(kind)}
    name, typed = name_and_options(shield(word, known))
    found = []
    for entry in _entries(name):
        if entry is reader_of("dataset", name):
            typed = typed | {"path": name}
        found.append(CardSheet(entry, typed, tuple(options_of(entry, typed))))
    return found


def _entries(name: str) -> list[Entry]:
    if name.endswith(".py"):
        found = []
        for kind in KINDS:
            try:
                found += from_path(kind, Path(name))
            except RequestError as error:
                if "holds no" not in str(error):
                    raise
        if not found:
            raise RequestError(f"{name} holds no class with a card, and no representation.")
        return found
    matches = [registry(k)[name] for k in KINDS if name in registry(k)]
    if not matches and (reader := reader_of("dataset", name)):
        return [reader]
    if not matches and Path(f"{name}.py").is_file():
        raise RequestError(
            f"Nothing is called {name!r}, but there is a file {name}.py here; for that one write "
            f"{name}.py."
        )
    if not matches:
        from emobench.discovery.representations import representations

        raise unknown("name", name, [*(n for k in KINDS for n in registry(k)), *representations()])
    return matches
