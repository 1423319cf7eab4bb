"""``emobench export``: a trained model as a folder of its own."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from emobench.cli.inference.source import ModelSource
from emobench.internet.guard import need_network
from emobench.terminal.voice import Voice

FOLDERS = ("--data-dir", "--cache-dir")


def export_command(
    source: ModelSource, out: Path, repository: str | None, public: bool, voice: Voice
) -> None:
    """Write the folder, and upload it if a repository was named."""
    from emobench.inference.exports.hub import push_folder
    from emobench.inference.exports.writer import check_folder, write_export
    from emobench.inference.proof import proof_sentence

    check_folder(out)
    if repository is not None:
        need_network(f"--push-to-hub {repository}")
    trained = source.load(whole=True)
    folder = write_export(trained.about, trained.parts, out, _command())
    for note in trained.notes:
        voice.say(note)
    if trained.about.proof is not None:
        voice.say(proof_sentence(trained.about.proof))
    else:
        voice.say("Nothing is stored that it could be compared with.")
    if repository is not None:
        voice.say(f"uploaded: {push_folder(folder, repository, not public)}")
    voice.made(folder, f"{trained.title} is in {folder}.")


def _command() -> str:
    """The command as it was typed, without the folders of this machine's corpora."""
    words = iter(sys.argv[1:])
    kept = []
    for word in words:
        if word in FOLDERS:
            next(words, None)
        elif not word.startswith(tuple(f"{name}=" for name in FOLDERS)):
            kept.append(word)
    return shlex.join(["emobench", *kept])
