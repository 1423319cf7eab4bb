"""Changes certificates as somebody would who wants other numbers, and counts what is noticed."""

from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from finding import Finding

from emobench.disk.seal import BLANK, LINE, filled
from emobench.leaderboard.certificate.archive import unpack, write_archive
from emobench.leaderboard.certificate.manifest import (
    NAME,
    SIGNATURE,
    manifest_text,
    read_manifest,
)
from emobench.leaderboard.certificate.signature import public_key
from emobench.leaderboard.certificate.verification import verify_certificate
from emobench.leaderboard.certificate.writer import certify
from emobench.store.pack import PackedCell, is_pack, read_pack, write_pack

TITLE = "Certificates that were tampered with"
TEXT = """\
A certificate of real trainings is changed in one place: one bit of the file, one label, one bit of
a logit, or two files that are exchanged. A clumsy forger leaves it at that; a careful one makes
every checksum, every name of a pack and the manifest anew, so that only what follows from the
predictions speaks against it. Half of the careful changes are made to a signed certificate, whose
signature the forger takes along, takes away, or replaces by one of another key. Each change has to
be refused, with a sentence. Two certificates in a hundred are left alone and have to hold."""
COUNT = 200

Files = dict[str, Path]
Change = Callable[[Files, random.Random], str]


def packs(files: Files) -> list[str]:
    """The names of all packs."""
    return sorted(name for name in files if is_pack(name.rpartition("/")[2]))


def one_label(files: Files, draw: random.Random) -> str:
    """Change the label of one test utterance in one cell."""

    def change(table: pa.Table, row: int) -> pa.Table:
        labels = table["label"].to_numpy().copy()
        size = sum(name.startswith("logit_") for name in table.column_names)
        labels[row] = (labels[row] + draw.randrange(1, size)) % size
        return _with(table, "label", labels)

    return "label of " + _in_pack(files, draw, change)


def one_logit_bit(files: Files, draw: random.Random) -> str:
    """Change one bit of one logit."""

    def change(table: pa.Table, row: int) -> pa.Table:
        name = draw.choice([n for n in table.column_names if n.startswith("logit_")])
        values = table[name].to_numpy().astype(np.float32)
        values.view(np.uint32)[row] ^= np.uint32(1 << draw.randrange(31))
        return _with(table, name, values)

    return "bit of a logit of " + _in_pack(files, draw, change)


def exchanged(files: Files, draw: random.Random) -> str:
    """Exchange the content of two files of the same kind."""
    kinds: dict[str, list[str]] = {}
    for name in sorted(set(files) - {NAME, SIGNATURE}):
        kind = name.rpartition(".")[2]
        kinds.setdefault(f"{name.split('/')[0]}.{kind}", []).append(name)
    several = [names for names in kinds.values() if len(names) > 1]
    while True:
        one, other = draw.sample(draw.choice(several), 2)
        left, right = files[one].read_bytes(), files[other].read_bytes()
        if left != right:
            files[one].write_bytes(right)
            files[other].write_bytes(left)
            return f"exchanged {one} and {other}"


CHANGES: dict[str, Change] = {
    "label": one_label,
    "bit of a logit": one_logit_bit,
    "exchanged files": exchanged,
}


def _with(table: pa.Table, name: str, values: np.ndarray) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(place, name, pa.array(values, table.schema.field(name).type))


def _in_pack(files: Files, draw: random.Random, change: Callable[[pa.Table, int], pa.Table]) -> str:
    """Change one row of one cell, and write its pack anew."""
    name = draw.choice(packs(files))
    cells = read_pack(files[name]).cells()
    done = [i for i, cell in enumerate(cells) if cell.table is not None and len(cell.table)]
    number = draw.choice(done)
    cell: PackedCell = cells[number]
    assert cell.table is not None
    row = draw.randrange(len(cell.table))
    cells[number] = replace(cell, table=change(cell.table, row))
    folder = files.pop(name)
    folder.unlink()
    path = write_pack(folder.parent, cells, folder.parent)
    files[f"{name.rpartition('/')[0]}/{path.name}"] = path
    return f"row {row} of cell {cell.key}"


def made_whole(files: Files) -> None:
    """Make all checksums anew, as a careful forger does: names of packs, seals, the manifest."""
    for name in packs(files):
        content = files[name].read_bytes()
        right = f"cells-{hashlib.sha256(content).hexdigest()[:20]}.parquet"
        if right != files[name].name:
            path = files.pop(name)
            files[f"{name.rpartition('/')[0]}/{right}"] = path.rename(path.with_name(right))
    for name in [n for n in files if n.startswith("results/") and n.endswith(".json")]:
        text = files[name].read_bytes()
        files[name].write_text(filled(LINE.sub(b' "sha256": "' + BLANK + b'"', text).decode()))
    said = read_manifest(files[NAME])
    key = (said.section["dataset"], said.section["track"], said.section["protocol"])
    rest = {n: p for n, p in files.items() if n not in (NAME, SIGNATURE)}
    files[NAME].write_text(manifest_text(key, said.cells, said.specless, {**rest}, said.notes))


def flipped(path: Path, draw: random.Random) -> str:
    """Change one bit anywhere in a file."""
    content = bytearray(path.read_bytes())
    place, bit = draw.randrange(len(content)), draw.randrange(8)
    content[place] ^= 1 << bit
    path.write_bytes(content)
    return f"bit {bit} of byte {place}"


def changed(
    source: Path, target: Path, kind: str, careful: bool, signing: str, draw: random.Random
) -> str:
    """Write a copy of a certificate with one change; return which.

    Parameters
    ----------
    kind
        One of `CHANGES`.
    careful
        Whether all checksums are made anew.
    signing
        What becomes of the signature: ``kept``, ``gone``, or the path of another key.
    """
    folder = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        files = unpack(source, folder)
        what = CHANGES[kind](files, draw)
        if careful:
            made_whole(files)
        if signing == "gone":
            files.pop(SIGNATURE, None)
        elif signing not in ("kept", ""):
            from emobench.leaderboard.certificate.signature import sign

            files[SIGNATURE].write_text(sign(files[NAME].read_bytes(), Path(signing)))
        write_archive(target, {**files})
    finally:
        shutil.rmtree(folder)
    return what


def new_key(path: Path) -> Path:
    """Write an Ed25519 key, and its public half beside it with the suffix ``.pub``."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    path.write_bytes(private)
    public = key.public_key().public_bytes(
        form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo
    )
    path.with_suffix(".pub").write_bytes(public)
    return path


def attempt(
    plain: Path, signed: Path, keys: tuple[Path, Path], number: int, draw: random.Random
) -> tuple[str, str, list[str]]:
    """Tamper once; return the kind, what was changed, and why it was refused, if it was."""
    target = plain.with_name("changed.zip")
    known = public_key(keys[0].with_suffix(".pub"))
    if number % 4 == 0:  # a bit of the file as it lies
        source = draw.choice([plain, signed])
        shutil.copyfile(source, target)
        what, kind = flipped(target, draw), "a bit of the file"
        verdict = verify_certificate(target, known if source == signed else None)
    else:
        kind = list(CHANGES)[number % 4 - 1]
        careful, is_signed = draw.random() < 0.75, draw.random() < 0.5
        signing = draw.choice(["kept", "gone", str(keys[1])]) if is_signed else ""
        source = signed if is_signed else plain
        what = changed(source, target, kind, careful, signing, draw)
        verdict = verify_certificate(target, known if is_signed else None)
        how = "checksums made anew" if careful else "as it lies"
        kind = f"{kind}, {how}{', signed before' if is_signed else ''}"
    return kind, what, [*verdict.faults, *filter(None, [verdict.unreadable])]


def trained(folder: Path) -> Path:
    """Results of real trainings, small."""
    results = folder / "results"
    words = "--models late_fusion,mlp --protocol missing_modality --seeds 2 --epochs 1 --jobs 1 -q"
    places = ["--results", str(results), "--cache-dir", str(folder / "cache")]
    command = [sys.executable, "-m", "emobench", "run", "--dataset", "simulated:size=84"]
    subprocess.run([*command, *words.split(), *places], check=True, cwd=folder)
    return results


def campaign(count: int, seed: int) -> Finding:
    """Tamper `count` times."""
    draw, failures, kinds = random.Random(seed), [], Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys = new_key(folder / "author.key"), new_key(folder / "other.key")
        plain, signed = folder / "plain.zip", folder / "signed.zip"
        results = trained(folder)
        certify(results, "simulated:size=84", plain)
        certify(results, "simulated:size=84", signed, keys[0])
        for number in range(count):
            kind, what, why = attempt(plain, signed, keys, number, draw)
            kinds[kind] += 1
            if not why:
                failures.append(f"change {number} of seed {seed}: {kind}, {what}: not noticed")
        untouched = max(1, count // 50)
        known = public_key(keys[0].with_suffix(".pub"))
        for _ in range(untouched):
            for path, key in ((plain, None), (signed, known)):
                if not verify_certificate(path, key).is_valid:
                    failures.append(f"{path.name} was left alone and is refused")
    notes = [f"{n} times: {kind}." for kind, n in sorted(kinds.items())]
    notes.append(f"{2 * untouched} checks of certificates that were left alone: they hold.")
    return Finding(count, failures, notes)
