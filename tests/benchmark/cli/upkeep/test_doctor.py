"""Doctor says what is broken and what to type, and is never broken itself."""

from __future__ import annotations

import json
import os
import subprocess
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from emobench.diagnosis import machine, software
from emobench.diagnosis.environment import LIBRARIES, OURS, SECRET
from emobench.diagnosis.examination import examine
from emobench.diagnosis.verdict import BROKEN, FINE, LOOK, Verdict, guarded

TORCH = {
    "errors": {}, "torch": "2.11.0", "torchaudio": "2.11.0", "torchvision": "0.26.0",
    "built_for_cuda": None, "threads": 1, "denormals": True, "gpus": [],
}  # fmt: skip


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[dict[str, Any], str]]:
    """What processes that import torch and plugins answer, in place of them."""
    answers: dict[str, tuple[dict[str, Any], str]] = {
        "torch": (TORCH, ""), "plugins": ({"loaded": [], "failed": {}}, ""),
    }  # fmt: skip
    monkeypatch.setattr(software, "run_probe", lambda which: answers[which])
    return answers


def found(tmp_path: Path, **places: Path) -> dict[str, Verdict]:
    chosen = {"data": None, "cache": tmp_path / "cache", "results": tmp_path / "results"} | places
    listed = examine(chosen["data"], chosen["cache"], chosen["results"])  # type: ignore[arg-type]
    return {one.name: one for one in listed}


def broken(tmp_path: Path, **places: Path) -> dict[str, Verdict]:
    every = found(tmp_path, **places)
    wrong = {name: one for name, one in every.items() if one.state == BROKEN}
    assert all(one.do for one in wrong.values())
    return wrong


@pytest.mark.slow
def test_where_all_is_well_nothing_is_broken(probes: Any, tmp_path: Path) -> None:
    every = found(tmp_path)
    assert broken(tmp_path) == {}
    for name in ("emobench", "libraries", "torch", "processors", "memory", "threads", "gpus",
                 "data", "cache", "cache content", "results", "extra ray", "git"):  # fmt: skip
        assert name in every
    assert every["cache"].facts["free_bytes"] > 0


def test_a_torch_that_cannot_be_imported_is_named(probes: Any, tmp_path: Path) -> None:
    error = "OSError: libcudart.so.13: cannot open shared object file"
    probes["torch"] = ({"errors": {"torch": error}}, "")
    assert error in broken(tmp_path)["torch"].text
    probes["torch"] = (TORCH | {"errors": {"torchaudio": "RuntimeError: CUDA mismatch"}}, "")
    assert "CUDA mismatch" in broken(tmp_path)["torchaudio"].text
    probes["torch"] = ({}, "ends the process (status -11)")
    assert "status -11" in broken(tmp_path)["torch"].text


@pytest.mark.slow
def test_a_plugin_that_fails_is_named(probes: Any, tmp_path: Path) -> None:
    probes["plugins"] = ({"loaded": [], "failed": {"emobench.models: x = y:z": "NameError"}}, "")
    assert "emobench.models: x = y:z" in broken(tmp_path)["plugin"].text


@pytest.mark.parametrize(("which", "key"), [("torch", "torch"), ("plugins", "loaded")])
def test_the_probes_answer_for_real(which: str, key: str) -> None:
    if which == "torch":  # it takes seconds to import, and is imported here already
        from emobench.diagnosis.probe import torch_facts

        assert key in torch_facts()
        return
    facts, failure = software.run_probe.__wrapped__(which)
    assert failure == ""
    assert key in facts


def test_a_probe_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    facts, failure = software.run_probe.__wrapped__("nonsense")
    assert facts == {}
    assert failure.startswith("ends the process (status 1): KeyError")


@pytest.mark.slow
def test_a_package_that_is_missing_or_too_old_is_broken(
    probes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = software._installed
    fake = {"numpy": "1.20.0", "h5py": None}
    monkeypatch.setattr(software, "_installed", lambda name: fake.get(name, real(name)))
    wrong = broken(tmp_path)
    assert wrong["numpy"].do == "pip install 'numpy>=2.0'"
    assert wrong["h5py"].text.startswith("h5py is missing")


@pytest.mark.slow
def test_a_package_that_is_imported_from_a_folder_is_looked_at(
    probes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> Any:
        raise software.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(software.metadata, "requires", absent)
    every = found(tmp_path)
    assert every["installation"].state == LOOK
    assert every["torch"].state == FINE


@pytest.mark.slow
def test_an_extra_that_is_missing_is_fine_and_says_how_to_get_it(
    probes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = software._installed
    monkeypatch.setattr(
        software, "_installed", lambda name: None if name == "submitit" else real(name)
    )
    extra = found(tmp_path)["extra slurm"]
    assert (extra.state, extra.do) == (FINE, "pip install 'emobench[slurm]'")


def test_folders_that_cannot_be_written_are_broken(probes: Any, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    wrong = broken(tmp_path, cache=blocked / "cache", results=blocked)
    assert set(wrong) == {"cache", "results"}
    assert "--cache-dir" in wrong["cache"].do


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_broken(probes: Any, tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0o500)
    assert "no permission" in broken(tmp_path, cache=tmp_path / "shut")["cache"].text


def test_a_data_folder_that_is_named_and_absent_is_broken(probes: Any, tmp_path: Path) -> None:
    assert "mkdir -p" in broken(tmp_path, data=tmp_path / "none")["data"].do


@pytest.mark.slow
def test_a_full_disk_is_looked_at(probes: Any, tmp_path: Path, monkeypatch: Any) -> None:
    usage = namedtuple("usage", "total used free")(100, 99, 1)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    every = found(tmp_path)
    assert (every["cache"].state, every["results"].state) == (LOOK, LOOK)


def test_a_corpus_that_is_broken_is_looked_at(probes: Any, tmp_path: Path) -> None:
    (tmp_path / "data" / "meld").mkdir(parents=True)
    one = found(tmp_path, data=tmp_path / "data")["meld"]
    assert (one.state, one.do) == (LOOK, "emobench data verify meld")


def test_limits_of_control_groups_are_seen(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(machine, "_groups", lambda root: [root])
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    (tmp_path / "memory.max").write_text(f"{2**20}\n")
    (tmp_path / "memory.current").write_text("4096\n")
    assert machine.cpu_quota(tmp_path) == 1.5
    assert machine.memory_limit(tmp_path) == (2**20, 4096)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    every = {one.name: one for one in machine.machine(tmp_path)}
    assert every["processors"].do == "emobench run --jobs 1"
    assert every["memory"].state == LOOK
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert machine.cpu_quota(tmp_path) is None
    assert machine.memory_limit(tmp_path) is None


def test_whatever_goes_wrong_while_it_looks_is_a_finding() -> None:
    def look() -> Any:
        yield Verdict("a", "b", FINE, "c")
        raise ZeroDivisionError("by nothing")

    one, other = guarded("a", "things", look)
    assert one.state == FINE
    assert other.state == LOOK
    assert "ZeroDivisionError: by nothing" in other.text


@pytest.mark.slow
def test_secrets_are_not_printed_and_the_status_says_whether_something_is_broken(
    command: tuple[list[str], dict[str, str]], tmp_path: Path
) -> None:
    """A process of its own, without a home, whose torch cannot be imported."""
    lame = tmp_path / "lame"
    for name in ("torch", "torchaudio", "torchvision"):
        (lame / name).mkdir(parents=True)
        (lame / name / "__init__.py").write_text("raise OSError('no libcudart')")
    unset = {"HOME", "USER", "LOGNAME", "XDG_CACHE_HOME", "EMOBENCH_CACHE"}
    environment = {name: value for name, value in command[1].items() if name not in unset}
    environment |= {"HF_TOKEN": "hf_verysecret", "PYTHONPATH": str(lame)}
    ended = subprocess.run(
        [*command[0], "doctor", "--json", "--results", tmp_path, "--cache-dir", tmp_path / "c"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "verysecret" not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    told = json.loads(ended.stdout)
    wrong = {one["name"]: one["text"] for one in told["verdicts"] if one["state"] == BROKEN}
    assert told["state"] == BROKEN
    assert {"torch", "torchaudio", "torchvision"} <= set(wrong)
    assert "no libcudart" in wrong["torch"]
    assert "HF_TOKEN" in {one["name"] for one in told["verdicts"]}


def test_variables_have_a_meaning_each() -> None:
    assert set(SECRET) <= set(LIBRARIES)
    assert not set(OURS) & set(LIBRARIES)
