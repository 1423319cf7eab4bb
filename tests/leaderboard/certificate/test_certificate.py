"""A certificate holds what the numbers follow from, nothing else, and says the same every time."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from emobench.errors import RequestError
from emobench.leaderboard.certificate import verification
from emobench.leaderboard.certificate.archive import FormError, unpack, write_archive
from emobench.leaderboard.certificate.comparison import differences
from emobench.leaderboard.certificate.extract import _plain
from emobench.leaderboard.certificate.section import section_key
from emobench.leaderboard.certificate.signature import public_key
from emobench.leaderboard.certificate.verification import lines, verify_certificate
from emobench.leaderboard.certificate.writer import certify
from emobench.leaderboard.report.csv_table import csv_table
from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.reader import Results
from emobench.store.pack import is_pack, read_pack, write_pack

from ..submission.conftest import Maker
from .conftest import Certified


def files_of(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def known(certified: Certified) -> bytes:
    return public_key(certified.key.with_suffix(".pub"))


def test_the_same_results_give_the_same_bytes_and_stay_as_they_are(certified, tmp_path):
    before = files_of(certified.root)
    again = certify(certified.root, "toys", tmp_path / "again.zip")
    assert again.path.read_bytes() == certified.plain.path.read_bytes()
    assert again.fingerprint == certified.plain.fingerprint == certified.signed.fingerprint
    assert files_of(certified.root) == before


def test_what_is_in_it_is_the_same_page_without_weights_and_tracebacks(certified, tmp_path):
    files = unpack(certified.plain.path, tmp_path / "files")
    assert {"masks.json", "splits.json", "provenance.json", "study.toml", "run.sh"} <= set(files)
    results = tmp_path / "files" / "results"
    tables = [csv_table(read_board(Results(root))) for root in (certified.root, results)]
    assert tables[0] == tables[1]
    assert "failed" in tables[1]
    endings = {path.suffix for path in results.rglob("*") if path.is_file()}
    assert endings == {".json", ".parquet"}
    packs = [read_pack(path) for name, path in files.items() if is_pack(path.name)]
    failures = [e.failure for pack in packs for e in pack.entries.values() if e.failure]
    assert failures == [{"reason": "NaN in the logits"}]


def test_only_what_can_be_no_text_is_taken_along():
    table = pa.table(
        {"id": ["a"], "label": [0], "transcript": ["secret"], "logit_0": [0.5],
         "present_text": [True], "speaker": ["Anna"], "weight_text": [0.1],
         "look_uar_logit_0": [0.2]}
    )  # fmt: skip
    kept = _plain(table, speakers=False).column_names
    assert set(table.column_names) - set(kept) == {"transcript", "speaker"}
    assert "speaker" in _plain(table, speakers=True).column_names


def test_it_is_described_as_a_research_object(certified, tmp_path):
    files = unpack(certified.signed.path, tmp_path / "files")
    graph = json.loads(files["ro-crate-metadata.json"].read_text())["@graph"]
    by_id = {one["@id"]: one for one in graph}
    assert len(by_id) == len(graph)
    about = by_id["ro-crate-metadata.json"]
    assert about["conformsTo"]["@id"].startswith("https://w3id.org/ro/crate/1.")
    root = by_id[about["about"]["@id"]]
    assert {"name", "description", "datePublished", "license"} <= set(root)
    listed = {part["@id"] for part in root["hasPart"]}
    assert listed == set(files) - {"ro-crate-metadata.json", "manifest.json", "signature.json"}
    assert all(by_id[name]["@type"] == "File" for name in listed)
    named = [v["@id"] for one in graph for v in one.values() if isinstance(v, dict) and len(v) == 1]
    assert all(name in by_id or name.startswith("https://") for name in named)


@pytest.mark.slow
def test_units_of_a_table_of_ones_own_are_numbered_and_it_still_holds(tmp_path):
    root = Maker(tmp_path / "results", card={"suffixes": (".csv",)}).write()
    made = certify(root, "toys", tmp_path / "own.zip")
    assert any("numbered" in note for note in made.notes)
    files = unpack(made.path, tmp_path / "files")
    assert not any(b"actor" in path.read_bytes() for path in files.values())
    assert verify_certificate(made.path).is_valid
    assert "actor" in str(files_of(root))


def test_splits_and_masks_are_those_of_the_cells(certified, tmp_path):
    files = unpack(certified.plain.path, tmp_path / "files")
    splits, masks = (json.loads(files[f"{n}.json"].read_text()) for n in ("splits", "masks"))
    maker = Maker(certified.root)
    assert {f: one["test"] for f, one in splits["tested"]["toys"].items()} == {
        str(fold): maker.ids(fold) for fold in range(2)
    }
    (text,) = {frozenset(m.values()) for m in masks["toys"]["text"].values()}
    assert text == {"t"}
    half = [letters for m in masks["toys"]["missing_0.5"].values() for letters in m.values()]
    assert len(half) == 24
    assert len(set(half)) > 2


CASES = [
    (kind, careful, signing)
    for kind in ("label", "bit of a logit", "exchanged files")
    for careful, signing in ((False, ""), (True, ""), (True, "kept"), (True, "gone"))
]


@pytest.mark.parametrize(("kind", "careful", "signing"), CASES)
def test_a_change_is_refused_with_a_sentence(certified, forger, tmp_path, kind, careful, signing):
    source = certified.signed if signing else certified.plain
    draw = random.Random(f"{kind} {careful} {signing}")
    target = tmp_path / "changed.zip"
    forger.changed(source.path, target, kind, careful, signing, draw)
    verdict = verify_certificate(target, known(certified) if signing else None)
    assert verdict.status == 1, lines(verdict)
    assert verdict.faults


def test_any_bit_of_the_file_counts(certified, forger, tmp_path):
    draw = random.Random(3)
    for _ in range(12):
        target = tmp_path / "bit.zip"
        target.write_bytes(certified.plain.path.read_bytes())
        what = forger.flipped(target, draw)
        assert verify_certificate(target).status, what


@pytest.mark.slow
def test_who_makes_up_everything_anew_is_told_by_the_key_alone(certified, forger, tmp_path):
    other = certify(Maker(tmp_path / "results", seeds=1).write(), "toys", tmp_path / "forged.zip")
    assert verify_certificate(other.path).is_valid
    assert verify_certificate(other.path, known(certified)).faults == ["it is not signed"]
    other = certify(certified.root, "toys", tmp_path / "theirs.zip", certified.other_key)
    assert "another key" in str(verify_certificate(other.path, known(certified)).faults)
    verdict = verify_certificate(certified.signed.path, known(certified))
    assert (verdict.status, verdict.is_known_key) == (0, True)


def test_a_changed_table_is_explained_by_row_and_column(certified, forger, tmp_path):
    files = unpack(certified.plain.path, tmp_path / "files")
    table = pd.read_csv(files["numbers/scores.csv"], keep_default_na=False, dtype=str)
    table.loc[3, "value"] = "0.99"
    table.to_csv(files["numbers/scores.csv"], index=False)
    forger.made_whole(files)
    write_archive(tmp_path / "table.zip", {**files})
    (fault,) = verify_certificate(tmp_path / "table.zip").faults
    assert "numbers/scores.csv, row late_fusion, full" in fault
    assert "column value: 0.99 is stated" in fault


def test_numbers_may_differ_by_what_other_processors_add_up_otherwise():
    assert differences("a.csv", "x,y\nm,0.1\n", "x,y\nm,0.10000000000000003\n") == []
    assert differences("a.csv", "x,y\nm,0.1\n", "x,y\nm,0.1000001\n")
    assert differences("a.csv", "x,y\nm,\n", "x,y\nm,0.1\n")
    assert differences("a.csv", "x,y\nm,nan\n", "x,y\nm,0.1\n")
    assert differences("a.json", '{"a": 0.1}', '{"a": 0.10000000000000003}')


@pytest.mark.parametrize("name", ["../up", "/root", "a/../b", "a\\b", "a//b", "CON:", "ü", "a/"])
def test_names_that_leave_the_folder_are_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, b"")
    with pytest.raises(FormError, match="is no name of a file"):
        unpack(tmp_path / "a.zip", tmp_path / "files")
    assert not (tmp_path / "up").exists()


def test_a_bomb_twins_and_rubbish_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"0" * 10**6)
    with pytest.raises(FormError, match="more bytes than it has"):
        unpack(tmp_path / "bomb.zip", tmp_path / "files")
    with zipfile.ZipFile(tmp_path / "twins.zip", "w") as archive:
        archive.writestr("a", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a", b"2")
    with pytest.raises(FormError, match="twice"):
        unpack(tmp_path / "twins.zip", tmp_path / "files")
    (tmp_path / "rubbish.zip").write_bytes(b"PK" * 100)
    for path in ("rubbish.zip", "absent.zip", "."):
        assert verify_certificate(tmp_path / path).status == 2


@pytest.mark.slow
def test_keys_are_read_in_both_forms_and_mistaken_ones_named(certified, tmp_path):
    from cryptography.hazmat.primitives import serialization as form

    raw = known(certified)
    private = form.load_pem_private_key(certified.key.read_bytes(), None)
    public = private.public_key()
    line = public.public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
    (tmp_path / "ssh.pub").write_bytes(line + b" somebody@somewhere\n")
    assert public_key(tmp_path / "ssh.pub") == raw
    ssh = private.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption())
    (tmp_path / "ssh").write_bytes(ssh)
    made = certify(certified.root, "toys", tmp_path / "ssh.zip", tmp_path / "ssh")
    assert made.path.read_bytes() == certified.signed.path.read_bytes()
    with pytest.raises(RequestError, match="is a private key"):
        public_key(certified.key)
    (tmp_path / "rubbish").write_text("ssh-rsa AAAA")
    with pytest.raises(RequestError, match="holds no public key of Ed25519"):
        public_key(tmp_path / "rubbish")
    with pytest.raises(RequestError, match=r"holds no private key of Ed25519.*ssh-keygen"):
        certify(certified.root, "toys", tmp_path / "x.zip", tmp_path / "rubbish")
    assert not (tmp_path / "x.zip").exists()


def test_a_section_is_named_as_far_as_it_is_the_only_one(tmp_path):
    root = Maker(tmp_path / "results").write()
    key = ("toys", "controlled", "missing_modality")
    address = "toys/missing_modality/controlled/full/full/mlp/macro_f1"
    for text in ("toys", "toys/", "toys/missing_modality", address):
        assert section_key(root, text) == key
    for text in ("", "missing_modality", "toys/other"):
        with pytest.raises(RequestError, match="toys/missing_modality/controlled"):
            section_key(root, text)


@pytest.mark.slow
def test_results_that_contradict_themselves_are_not_certified(tmp_path):
    root = Maker(tmp_path / "results").write()
    (pack, *_) = sorted(root.glob("trainings/*/cells-*.parquet"))
    cells = read_pack(pack).cells()
    numbers = [i for i, cell in enumerate(cells) if cell.table is not None]
    table = cells[numbers[0]].table
    assert table is not None
    place = table.schema.get_field_index("label")
    labels = (table["label"].to_numpy() + 1) % 3
    cells[numbers[0]] = replace(
        cells[numbers[0]], table=table.set_column(place, "label", pa.array(labels))
    )
    pack.unlink()
    write_pack(pack.parent, cells, root)
    with pytest.raises(
        RequestError, match=r"It is not certified, since utterance .* has the label"
    ):
        certify(root, "toys", tmp_path / "no.zip")


def test_another_state_of_emobench_compares_what_both_make(certified, tmp_path, monkeypatch):
    monkeypatch.setattr(verification, "leaderboard_source", lambda: "another")
    verdict = verify_certificate(certified.plain.path)
    assert verdict.is_valid
    assert not any("another state" in note for note in verdict.notes)  # all was made again
    with monkeypatch.context() as patch:
        made = verification.contents
        patch.setattr(verification, "contents", lambda root: _reworded(made(root)))
        verdict = verify_certificate(certified.plain.path)
    assert verdict.is_valid
    assert any("README.md" in note and "another state" in note for note in verdict.notes)
    assert differences("a.csv", "x,y\nm,1\n", "x,z,y\nm,9,2\n", shared=True) == [
        "a.csv, row m, column y: 1 is stated, 2 follows"
    ]


def _reworded(found):
    texts = dict(found.texts)
    texts["README.md"] += "More words.\n"
    scores = texts["numbers/scores.csv"].splitlines()
    texts["numbers/scores.csv"] = "".join(f"{line},{i}\n" for i, line in enumerate(scores))
    texts.pop(next(name for name in texts if name.startswith("numbers/tables/")))
    return replace(found, texts=texts)


def test_without_the_package_a_signature_is_no_reason_to_believe(certified, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "cryptography", None)
    verdict = verify_certificate(certified.signed.path)
    assert verdict.status == 1
    assert "emobench[sign]" in verdict.faults[0]
    with pytest.raises(RequestError, match=r"emobench\[sign\]"):
        certify(certified.root, "toys", tmp_path / "x.zip", certified.key)


def test_text_of_a_stranger_cannot_steer_a_terminal():
    verdict = verification.Verdict(Path("a.zip"), faults=["row \x1b[2J\u202eevil"])
    assert not any("\x1b" in line or "\u202e" in line for line in lines(verdict))


@pytest.mark.slow
def test_a_check_loads_neither_torch_nor_the_core(certified):
    script = (
        "import sys; from pathlib import Path; "
        "from emobench.leaderboard.certificate.verification import verify_certificate as check; "
        "assert check(Path(sys.argv[1])).is_valid; "
        "loaded = {m for m in sys.modules if m.startswith(('torch', 'emobench.grid', "
        "'emobench.training', 'emobench.corpus', 'emobench.models'))}; assert not loaded, loaded"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(certified.plain.path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
