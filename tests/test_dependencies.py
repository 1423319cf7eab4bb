"""What is needed has licences that are allowed, and an audit that saw nothing says so."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CI = Path(__file__).parents[1] / ".ci"


def script(name: str) -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location(f"ci_{name}", CI / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def licences() -> Iterator[Any]:
    yield from script("licences")


@pytest.fixture(scope="module")
def audit() -> Iterator[Any]:
    yield from script("audit")


def test_every_package_that_is_needed_has_an_allowed_licence(licences: Any) -> None:
    found = {one.name: one for one in licences.judged("emobench")}
    assert {"torch", "numpy", "typer", "h5py", "markupsafe"} <= set(found)
    assert [one for one in found.values() if one.fault] == []
    assert found["numpy"].licence


@pytest.mark.parametrize(
    ("licence", "fine"),
    [
        ("MIT", True), ("MIT License", True), ("BSD-3-Clause AND 0BSD AND Zlib", True),
        ("GPL-3.0-only OR Apache-2.0", True), ("MIT OR Apache-2.0", True),
        ("GPL-3.0-only", False), ("MIT AND GPL-3.0-only", False), ("AGPL-3.0", False), ("", False),
        ("Other/Proprietary License", False), ("LGPL-2.1 AND MIT", False),
    ],
)  # fmt: skip
def test_a_licence_is_allowed_or_not(licences: Any, licence: str, fine: bool) -> None:
    assert (licences.fault("some-package", licence, licences.rules()) == "") == fine


def test_an_exception_says_why(licences: Any) -> None:
    known = licences.rules()
    assert licences.fault("nvidia-cublas", "LicenseRef-NVIDIA-Proprietary", known) == ""
    assert all(len(why) > 20 for why in known["exceptions"].values())


PACKAGES = [
    {"name": "emobench", "version": "0.1.0", "vulns": []},
    {"name": "numpy", "skip_reason": "Dependency not found on PyPI and could not be audited"},
]


def test_an_audit_that_looked_at_nothing_says_so_and_finds_nothing(audit: Any) -> None:
    status, words = audit.verdict(audit.report_of({"dependencies": PACKAGES}))
    assert status == 0
    assert words.startswith("SKIPPED")
    assert "none of 1 packages" in words


def test_an_audit_names_what_is_vulnerable(audit: Any) -> None:
    vulnerable = {
        "name": "jinja2", "version": "3.0.0",
        "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.6"]}],
    }  # fmt: skip
    status, words = audit.verdict(audit.report_of({"dependencies": [*PACKAGES, vulnerable]}))
    assert status == 1
    assert "jinja2 3.0.0: PYSEC-1, mended in 3.1.6" in words
    assert "not known to the service: numpy" in words
