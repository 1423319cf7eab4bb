"""Everything that ``emobench doctor`` looks at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from emobench.diagnosis.verdict import Verdict, guarded


def examine(data_dir: Path | None, cache_dir: Path | None, results: Path) -> Iterator[Verdict]:
    """Yield one verdict after another, as they are found; whatever is broken, none is an error.

    What looks is imported where it is used: an import that fails is a finding, too.
    """
    yield from guarded("software", "software", _software)
    yield from guarded("software", "plugins", _plugins)
    yield from guarded("machine", "machine", _machine)
    yield from guarded("machine", "devices", _devices)
    yield from guarded("folders", "folders", lambda: _places(data_dir, cache_dir, results))
    yield from guarded("corpora", "corpora", lambda: _corpora(data_dir, cache_dir))
    yield from guarded("environment", "environment", _environment)


def _software() -> Iterator[Verdict]:
    from emobench.diagnosis.software import software

    return software()


def _plugins() -> Iterator[Verdict]:
    from emobench.diagnosis.software import plugins

    return plugins()


def _devices() -> Iterator[Verdict]:
    from emobench.diagnosis.software import devices

    return devices()


def _machine() -> Iterator[Verdict]:
    from emobench.diagnosis.machine import machine

    return machine()


def _places(data_dir: Path | None, cache_dir: Path | None, results: Path) -> Iterator[Verdict]:
    from emobench.diagnosis.places import places

    return places(data_dir, cache_dir, results)


def _corpora(data_dir: Path | None, cache_dir: Path | None) -> Iterator[Verdict]:
    from emobench.diagnosis.places import corpora

    return corpora(data_dir, cache_dir)


def _environment() -> Iterator[Verdict]:
    from emobench.diagnosis.environment import variables

    return variables()
