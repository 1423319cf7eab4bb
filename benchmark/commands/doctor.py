"""Whether everything is well here: ``emobench doctor``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.diagnosis.verdict import BROKEN, FINE, ORDER, Verdict

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Diagnosis:
    """What ``emobench doctor`` prints.

    Parameters
    ----------
    verdicts
        One thing after another: ``area``, ``name``, ``state``, ``text``, ``do``, ``facts``.
    """

    verdicts: tuple[Verdict, ...]

    @property
    def state(self) -> str:
        """The worst state: ``fine``, ``look`` or ``broken``."""
        return worst(self.verdicts)

    @property
    def passed(self) -> bool:
        """Whether nothing is broken."""
        return self.state != BROKEN

    @property
    def frame(self) -> pd.DataFrame:
        """A row per verdict, without the facts."""
        import pandas as pd

        columns = ["area", "name", "state", "text", "do"]
        return pd.DataFrame([asdict(one) for one in self.verdicts], columns=columns)

    def content(self) -> dict[str, Any]:
        """Return all of it as plain data; the keys are documented, and stay."""
        return {"state": self.state, "verdicts": [asdict(one) for one in self.verdicts]}

    def __repr__(self) -> str:
        lines = [
            f"{one.state:<6} {one.text}" + f" -> {one.do}" * bool(one.do) for one in self.verdicts
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return self.frame.to_html(index=False)


def worst(verdicts: Iterable[Verdict]) -> str:
    """The worst state of some verdicts; fine if there are none."""
    return max((one.state for one in verdicts), key=ORDER.index, default=FINE)


def doctor(
    data_dir: str | Path | None = None,
    cache_dir: str | Path | None = None,
    results: str | Path = "results",
) -> Diagnosis:
    """Say whether everything is well here, and what to do where it is not.

    The parameters are those of ``emobench doctor``.
    """
    from emobench.diagnosis.examination import examine

    data = None if data_dir is None else Path(data_dir)
    cache = None if cache_dir is None else Path(cache_dir)
    return Diagnosis(tuple(examine(data, cache, Path(results))))
