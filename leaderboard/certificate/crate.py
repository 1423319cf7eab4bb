"""The description of a certificate as an RO-Crate, which archives and search engines read.

RO-Crate Metadata Specification 1.1, https://w3id.org/ro/crate/1.1: the sections "Root Data Entity",
"Data Entities" and "Provenance of entities".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from emobench.leaderboard.results.board import Section

METADATA: Final = "ro-crate-metadata.json"
CONTEXT: Final = "https://w3id.org/ro/crate/1.1/context"
PROFILE: Final = "https://w3id.org/ro/crate/1.1"
EPOCH: Final = "1970-01-01"
FORMATS: Final = {
    "csv": "text/csv", "json": "application/json", "md": "text/markdown",
    "sh": "text/x-shellscript", "toml": "application/toml", "bib": "application/x-bibtex",
    "parquet": "application/vnd.apache.parquet",
}  # fmt: skip
"""Media types by the ending of a file's name."""


def crate(
    section: Section, newest: str, provenance: Mapping[str, Any], files: Iterable[str]
) -> dict[str, Any]:
    """Return the metadata of a certificate.

    Parameters
    ----------
    section
        The section.
    newest
        When the newest of its results was recorded, ISO 8601; it dates the crate.
    provenance
        What the results were made of.
    files
        The names of all files but this one, the manifest and the signature.
    """
    names = sorted(files)
    title = f"{section.protocol.title or section.protocol.name} on {section.dataset}"
    corpora = [_corpus(name, one) for name, one in provenance["corpora"].items()]
    models = [_model(name, one) for name, one in provenance["models"].items()]
    software = {
        "@id": "#emobench", "@type": "SoftwareApplication", "name": "emobench",
        "version": ", ".join(provenance["versions"]) or "not stored",
    }  # fmt: skip
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": title,
        "description": f"Predictions and all numbers of a section of emobench: {title}, "
        f"{section.track} track.",
        "datePublished": newest or EPOCH,
        "license": "The predictions are derived from the corpora, whose licences hold for them: "
        + (
            "; ".join(f"{n}: {c['licence']}" for n, c in provenance["corpora"].items()) or "unknown"
        ),
        "hasPart": [{"@id": name} for name in names],
        "mentions": [{"@id": one["@id"]} for one in [*corpora, *models]],
    }
    action = {
        "@id": "#evaluation",
        "@type": "CreateAction",
        "name": f"emobench run: {title}",
        "instrument": {"@id": software["@id"]},
        "object": [{"@id": one["@id"]} for one in [*corpora, *models]],
        "result": [{"@id": name} for name in names if name.startswith("results/")],
    }
    about = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": PROFILE},
    }
    return {
        "@context": CONTEXT,
        "@graph": [about, root, software, action, *corpora, *models, *map(_file, names)],
    }


def _file(name: str) -> dict[str, Any]:
    kind = FORMATS.get(name.rpartition(".")[2], "application/octet-stream")
    return {"@id": name, "@type": "File", "name": name, "encodingFormat": kind}


def _corpus(name: str, one: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "@id": f"#corpus-{name}", "@type": "Dataset", "name": name,
        "identifier": one["digest"], "license": one["licence"], "url": one["link"],
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def _model(name: str, one: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "@id": f"#model-{name}", "@type": "SoftwareSourceCode", "name": name,
        "identifier": one["sources"],
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}
