"""A small results folder, its certificates, and the forger of docs/benchmarks/torture."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard.certificate.writer import Certificate, certify

from ..submission.conftest import Maker

SCRIPTS = Path(__file__).parents[3] / "docs" / "benchmarks" / "torture"


@dataclass(frozen=True)
class Certified:
    """A results folder and two certificates of it, which no test changes."""

    root: Path
    plain: Certificate
    signed: Certificate
    key: Path
    other_key: Path


@pytest.fixture(scope="session")
def forger() -> Any:
    """The module that tampers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        patch.delitem(sys.modules, "finding", raising=False)
        spec = importlib.util.spec_from_file_location("tampering", SCRIPTS / "tampering.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules.pop("finding", None)
    return module


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory, forger: Any) -> Certified:
    folder = tmp_path_factory.mktemp("certified")
    root = Maker(folder / "results").write()
    keys = [forger.new_key(folder / f"{name}.key") for name in ("author", "other")]
    plain = certify(root, "toys", folder / "plain.zip")
    signed = certify(root, "toys/missing_modality/controlled", folder / "signed.zip", keys[0])
    return Certified(root, plain, signed, *keys)
