"""An export is whole, says what it is, runs no stranger's code, and is uploaded only when asked."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
import yaml
from huggingface_hub import HfApi
from safetensors.numpy import load_file

import emobench
from emobench import RequestError
from emobench.inference.exports.folder import files_of
from emobench.inference.exports.hub import push_folder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def exported(study, cli, tmp_path_factory) -> SimpleNamespace:
    """The linear rows' late fusion and a user's own model, exported by the command."""
    root = tmp_path_factory.mktemp("exports")
    options = ("--regime", "full", "--cache-dir", study.cache)
    for model, name in (("late_fusion", "fusion"), (study.model, "own")):
        done = cli("export", study.results, root / name, "--model", model, *options)
        assert done.returncode == 0, done.stderr
        assert "of its stored test predictions again" in done.stdout
    return SimpleNamespace(fusion=root / "fusion", own=root / "own")


@pytest.fixture
def fusion(exported, tmp_path) -> Path:
    """A copy of the exported late fusion that a test may change."""
    return Path(shutil.copytree(exported.fusion, tmp_path / "fusion"))


def test_an_export_has_the_layout_of_the_hub_and_no_pickle(exported):
    names = {path.name for path in exported.fusion.iterdir()}
    assert names == {
        "README.md", "config.json", "model.safetensors", "preparation.json",
        "preparation.safetensors", "probe.safetensors",
    }  # fmt: skip
    assert {p.name for p in exported.own.iterdir()} == names | {"mine.py"}
    config = json.loads((exported.fusion / "config.json").read_text())
    classes = emobench.load(exported.fusion).classes
    assert config["model_type"] == "emobench"
    assert [config["id2label"][str(i)] for i in range(len(classes))] == list(classes)
    made = config["emobench"]["made_by"]
    assert made["command"].startswith("emobench export ")
    assert "--cache-dir" not in made["command"]
    assert made["torch"]
    assert config["emobench"]["description"]["proof"]["count"] > 20


def test_the_card_has_the_scores_of_the_leaderboard(exported, study):
    text = (exported.fusion / "README.md").read_text()
    _, matter, rest = text.split("---\n", 2)
    front = yaml.safe_load(matter)
    assert front["library_name"] == "emobench"
    assert "emotion-recognition" in front["tags"]
    assert front["datasets"] == ["simulated"]
    table = pd.read_csv(study.results / "leaderboard" / "leaderboard.csv")
    row = table[
        (table["model"] == "late_fusion") & (table["regime"] == "full")
        & (table["condition"] == "full")
    ].iloc[0]  # fmt: skip
    (result,) = front["model-index"][0]["results"]
    every = {m["name"]: m for m in result["metrics"]}
    found = {name.split(" (")[0]: m for name, m in every.items() if "mean of 1 training)" in name}
    trained = emobench.load(exported.fusion)
    own = every["Accuracy (this training)"]["value"]
    assert own == pytest.approx(trained.scores["accuracy"], abs=1e-6)
    assert front["pipeline_tag"] == "video-classification"
    for name, column in (("Macro-F1", "macro_f1"), ("Accuracy", "accuracy")):
        assert found[name]["value"] == pytest.approx(row[column], abs=1e-6)
        assert found[name]["args"]["low"] == pytest.approx(row[f"{column}_low"], abs=1e-6)
        assert found[name]["args"]["high"] == pytest.approx(row[f"{column}_high"], abs=1e-6)
    assert f"{row['macro_f1']:.4f}" in rest
    for heading in (
        "Use",
        "Scores",
        "Who was in its training",
        "Data licence",
        "Where it is from",
        "Whom to cite",
    ):
        assert f"\n## {heading}\n" in rest


def test_nothing_else_is_overwritten_and_an_earlier_export_is_replaced(fusion, tmp_path):
    trained = emobench.load(fusion)
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "thesis.txt").write_text("years of work")
    with pytest.raises(RequestError, match="holds other files"):
        trained.export(taken)
    assert [p.name for p in taken.iterdir()] == ["thesis.txt"]
    (fusion / "notes.txt").write_text("mine")
    (fusion / "model.safetensors").write_bytes(b"broken")
    trained.export(fusion)
    assert (fusion / "notes.txt").read_text() == "mine"
    assert emobench.load(fusion).title == trained.title
    assert not list(tmp_path.glob("*.new"))


@pytest.mark.parametrize(
    "name", ["model.safetensors", "preparation.json", "preparation.safetensors"]
)
def test_a_changed_or_lost_file_is_named(fusion, name):
    path = fusion / name
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    with pytest.raises(RequestError, match=f"{name} is not the file that was exported"):
        emobench.load(fusion)
    path.unlink()
    with pytest.raises(RequestError, match=f"lacks its file {name}"):
        emobench.load(fusion)


def test_another_version_of_a_representation_is_refused(exported, monkeypatch):
    from emobench.discovery.representations import representation

    monkeypatch.setattr(representation("prosody"), "version", 99)
    with pytest.raises(RequestError, match="read prosody in version 2, and this emobench makes"):
        emobench.load(exported.fusion)


def test_a_library_that_prepares_otherwise_is_noticed(exported, monkeypatch):
    from emobench.discovery.representations import representation

    kind = representation("mfcc")
    own = kind.extract
    monkeypatch.setattr(kind, "extract", lambda self, media: own(self, media) * 1.01)
    with pytest.raises(RequestError, match="give other audio/mfcc here than where"):
        emobench.load(exported.fusion)


def test_an_exported_training_leaves_nothing_to_choose(exported):
    with pytest.raises(RequestError, match="nothing to choose by regime"):
        emobench.load(exported.fusion, regime="full")


def test_code_in_an_export_runs_only_if_somebody_says_so(exported, study, tmp_path):
    own = Path(shutil.copytree(exported.own, tmp_path / "own"))
    with pytest.raises(RequestError, match=r"read it, then load with model_file="):
        emobench.load(own)
    words = [{"id": "a", "text": "good morning"}]
    first = emobench.load(own, trust=True).predict(words, quiet=True)
    second = emobench.load(own, model_file=study.model).predict(words, quiet=True)
    assert np.array_equal(first.filter(like="logit_"), second.filter(like="logit_"))
    (own / "mine.py").write_text((own / "mine.py").read_text() + "\nraise SystemExit(9)\n")
    with pytest.raises(RequestError, match="it was changed"):
        emobench.load(own, trust=True)


def test_other_code_that_answers_otherwise_is_refused(exported, study, tmp_path):
    other = tmp_path / "mine.py"
    other.write_text(study.model.read_text().replace("self.head(", "-self.head("))
    with pytest.raises(RequestError, match=r"mine\.py is another"):
        emobench.load(exported.own, model_file=other)
    other.write_text(study.model.read_text() + "\n# a remark\n")
    (note,) = emobench.load(exported.own, model_file=other).notes
    assert "answers alike" in note


def test_the_files_of_an_export_hold_numbers_and_text_alone(exported):
    for path in exported.fusion.glob("*.safetensors"):
        for array in load_file(path).values():
            assert array.dtype.kind in "fib"
    content = json.loads((exported.fusion / "preparation.json").read_text())
    assert set(content["inputs"]) == {"text", "audio", "vision"}


class Hub(BaseHTTPRequestHandler):
    """A hub on this machine, as far as an upload of small files goes."""

    status = 200
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        """Answer, and note what was sent."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.asked.append((self.path, body))
        home = f"http://{self.headers['Host']}/me/fusion"
        answer = {"url": home, "commitUrl": f"{home}/commit/0", "commitOid": "0"}
        if "preupload" in self.path:
            files = json.loads(body)["files"]
            answer = {
                "files": [
                    {"path": f["path"], "uploadMode": "regular", "shouldIgnore": False}
                    for f in files
                ]
            }
        self.respond(answer)

    def do_GET(self) -> None:
        """Know nothing."""
        self.respond({})

    def respond(self, answer: dict[str, object]) -> None:
        """Send JSON."""
        content = json.dumps(answer).encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[Callable[[int], HfApi]]:
    """Make a client of a hub on this machine that answers with a status."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def client(status: int) -> HfApi:
        Hub.status = status
        Hub.asked.clear()
        return HfApi(f"http://127.0.0.1:{server.server_port}", token="hf_made_up")

    yield client
    server.shutdown()
    server.server_close()


def test_an_upload_takes_the_files_of_the_export_alone(fusion, hub):
    (fusion / "secret.txt").write_text("not for the hub")
    assert push_folder(fusion, "me/fusion", api=hub(200)).endswith("/me/fusion/commit/0")
    sent = dict(Hub.asked)
    created = json.loads(sent["/api/repos/create"])
    assert (created["name"], created["organization"]) == ("fusion", "me")
    assert created.get("private") is True or created.get("visibility") == "private"
    (lines,) = (body for path, body in Hub.asked if "/commit/" in path)
    entries = [json.loads(line) for line in lines.splitlines()]
    files = {e["value"]["path"]: e["value"]["content"] for e in entries if e["key"] == "file"}
    assert set(files) == {p.name for p in files_of(fusion)}
    for name, content in files.items():
        assert base64.b64decode(content) == (fusion / name).read_bytes()


@pytest.mark.parametrize(
    ("status", "said"), [(401, "hf auth login"), (403, "hf auth login"), (500, r"refused \(500")]
)
def test_a_refusal_of_the_hub_is_one_sentence(fusion, hub, status, said):
    with pytest.raises(RequestError, match=f"(?s)Nothing was uploaded.*{said}.*lies whole in"):
        push_folder(fusion, "me/fusion", api=hub(status))


def test_without_a_network_or_a_token_nothing_is_uploaded(fusion):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = HfApi(f"http://127.0.0.1:{free.getsockname()[1]}", token="hf_made_up")
        with pytest.raises(RequestError, match="the hub cannot be reached"):
            push_folder(fusion, "me/fusion", api=closed)
    with pytest.raises(RequestError, match="written USER/NAME"):
        push_folder(fusion, "fusion", api=closed)
