"""Every built-in model keeps the contract, in every variant, as its card declares."""

from __future__ import annotations

import pytest

from emobench.contract import Subject, run_suite
from emobench.discovery.registry import registry

pytestmark = pytest.mark.slow
"""Every built-in model is trained by every check."""

VARIANTS = [(name, v) for name, e in registry("model").items() for v in e.card.variants]


@pytest.mark.parametrize(("name", "variant"), VARIANTS, ids=[f"{n}-{v}" for n, v in VARIANTS])
def test_the_contract_is_kept(name, variant):
    subject = Subject(registry("model")[name], variant=variant)
    failures = [f"{r.check}: {r.note}" for r in run_suite(subject) if r.verdict == "FAILED"]
    assert failures == []
