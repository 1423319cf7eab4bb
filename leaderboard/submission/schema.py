"""The schema of a submission: its tables, their columns, and what each column means.

`docs/results-format.md` prints it; a test holds both equal. A change of a column, of its type or of
its meaning, and a new column, need a new `VERSION`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from emobench.modality import MODALITIES

VERSION: Final = 1
"""The version of the schema, stored in every file of a submission."""

FORMAT: Final = "emobench submission"
"""What `SUMMARY` calls itself."""

RESULTS_FILE: Final = "results.parquet"
RESULTS_CSV: Final = "results.csv"
PREDICTIONS_FILE: Final = "predictions.parquet"
SUMMARY: Final = "submission.json"
TABLE_FILES: Final = (PREDICTIONS_FILE, RESULTS_CSV, RESULTS_FILE)
"""The files whose digests stand in `SUMMARY`."""

VERSION_KEY: Final = "emobench.schema"
TABLE_KEY: Final = "emobench.table"
"""Keys in the metadata of a Parquet file: the version of the schema, and which table it is."""

TEXT: Final = "string"
WHOLE: Final = "int64"
NUMBER: Final = "double"
YES_NO: Final = "bool"
TEXTS: Final = "list<string>"
NUMBERS: Final = "list<double>"

ARROW: Final = {
    TEXT: pa.string(),
    WHOLE: pa.int64(),
    NUMBER: pa.float64(),
    YES_NO: pa.bool_(),
    TEXTS: pa.list_(pa.string()),
    NUMBERS: pa.list_(pa.float64()),
}
"""Type of a column to the type in Parquet."""

SPEC: Final = "spec"
"""`Column.held`: it must agree with the spec, whose hash names the training or the cell."""
PREDICTIONS: Final = "predictions"
"""`Column.held`: it must follow from the predictions."""
OTHERS: Final = "rows"
"""`Column.held`: it must agree with other rows, or with other columns of its row."""
STATED: Final = "stated"
"""`Column.held`: nothing in the submission can show that it is wrong."""

STATUSES: Final = ("done", "failed", "skipped", "absent")
"""Values of the column ``status``."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name, kind
        Its name, and its type: a key of `ARROW`.
    meaning
        What a value is, in a sentence part.
    held
        What ``validate`` holds it against: `SPEC`, `PREDICTIONS`, `OTHERS` or `STATED`.
    empty
        Whether it can be empty.
    unit
        Unit of a number; "" for none.
    """

    name: str
    kind: str
    meaning: str
    held: str = OTHERS
    empty: bool = False
    unit: str = ""

    def content(self) -> dict[str, str | bool]:
        """Return its entry in the data dictionary."""
        return {
            "name": self.name,
            "type": self.kind,
            "empty": self.empty,
            "unit": self.unit,
            "held": self.held,
            "meaning": self.meaning,
        }


SCORES: Final = tuple(
    Column(name, NUMBER, meaning, PREDICTIONS, empty=True, unit="share")
    for name, meaning in (
        ("accuracy", "share of the scored utterances that are right; of several labels, of labels"),
        ("macro_f1", "mean F1 over the classes that occur in this cell's truth"),
        ("weighted_f1", "F1 weighted by how often a class is true"),
        ("uar", "mean recall of the classes that occur in this cell's truth"),
        ("ece", "expected calibration error, 15 bins of equal width; lower is better"),
    )
)
"""The scores of a cell. That they are all of `measures.MEASURES` is held by a test."""

KEY: Final = (
    *("dataset", "split", "protocol", "track", "row"),
    *("regime", "condition", "fold", "seed", "look"),
)
"""What tells the rows of the results apart, and sorts them."""

RESULTS: Final = (
    Column("dataset", TEXT, "corpus that was trained on, with its options", SPEC),
    Column("dataset_digest", TEXT, "SHA-256 of that corpus: table, options, files", SPEC, True),
    Column("split", TEXT, "how train, dev and test are drawn: `standard`, `grouped_5`, …", SPEC),
    Column("protocol", TEXT, "evaluation setting that asked for this cell", STATED),
    Column("track", TEXT, "whose representations were read: `controlled` or `published`", SPEC),
    Column("row", TEXT, "what the page calls this model's row"),
    Column("model", TEXT, "model with its options and `tuned:N`", SPEC),
    Column("model_name", TEXT, "model without options", SPEC),
    Column("variant", TEXT, "`corrected` or `as_published`", SPEC),
    Column("tuned", TEXT, "budget of its search, `tuned:8`; empty text: the preset", OTHERS),
    Column("kind", TEXT, "`published`, `reference` or `own`, by its card", STATED),
    Column("contract", TEXT, "verdict of `emobench check`; none of a built-in model", STATED, True),
    Column("model_digest", TEXT, "SHA-256 of the model's source file", SPEC, True),
    Column("regime", TEXT, "how the training treats modalities", STATED),
    Column("condition", TEXT, "what the test inputs look like", STATED),
    Column("role", TEXT, "part of the condition in the protocol: `real`, `subset`, …", STATED),
    Column("flaw", TEXT, "flaw of the split that it was made for; empty text: honest", SPEC),
    Column("report", TEXT, "flaw in how the protocol sums this row up; empty text: none", STATED),
    Column("look", TEXT, "measure at whose best look on test it was predicted (a flaw)", OTHERS),
    Column("fold", WHOLE, "number of the fold, from 0", SPEC),
    Column("seed", WHOLE, "seed of the training", SPEC),
    Column("status", TEXT, "`done`, `failed`, `skipped` or `absent` (not computed yet)"),
    Column("reason", TEXT, "why it is not done; empty text if it is", OTHERS),
    Column("training", TEXT, "hash of the training's spec", SPEC, True),
    Column("cell", TEXT, "hash of the cell's spec; names the rows of the predictions", SPEC, True),
    Column("tested_on", TEXT, "corpus whose utterances are tested, with its options", SPEC),
    Column("tested_digest", TEXT, "SHA-256 of that corpus", SPEC, True),
    Column("classes", TEXTS, "classes in the order of the probabilities", PREDICTIONS, True),
    Column("multilabel", YES_NO, "whether several classes can hold at once", PREDICTIONS, True),
    Column("present", TEXTS, "the only modalities shown; none: all of them", SPEC, True),
    Column("missing_rate", NUMBER, "share of inputs that is to be erased", SPEC, True, "share"),
    Column(
        "missing_rate_reached", NUMBER, "share of inputs that was erased", PREDICTIONS, True,
        "share",
    ),
    Column("mask_seed", WHOLE, "seed of the masks", SPEC, True),
    Column("masks", TEXT, "digest of imported masks; none: drawn by emobench", SPEC, True),
    Column("n_test", WHOLE, "utterances that were predicted", PREDICTIONS, True, "utterances"),
    Column(
        "n_scored", WHOLE,
        "those of them that are scored; of a joint corpus those that show any modality",
        PREDICTIONS, True, "utterances",
    ),
    *SCORES,
    Column("params", WHOLE, "weights of the model", STATED, True, "parameters"),
    Column("epochs", WHOLE, "whole passes over train", STATED, True, "passes"),
    Column("looks", WHOLE, "looks at dev", STATED, True, "looks"),
    Column("best_look", WHOLE, "the look whose weights were kept", STATED, True),
    Column("dev_macro_f1", NUMBER, "macro-F1 on dev of the kept weights", STATED, True, "share"),
    Column("train_seconds", NUMBER, "time of the training", STATED, True, "seconds"),
    Column("predict_seconds", NUMBER, "time of this cell's prediction", STATED, True, "seconds"),
    Column("device", TEXT, "what it was trained on", STATED, True),
    Column("emobench", TEXT, "version of emobench that asked for it", STATED),
    Column("software", TEXT, "versions of packages as JSON, where they were kept", STATED, True),
    Column("training_spec", TEXT, "all that determines the training, as JSON", SPEC, True),
    Column("cell_spec", TEXT, "all that determines the cell, as JSON", SPEC, True),
)  # fmt: skip
"""The columns of the results: a row for each cell that a protocol asked for."""

PREDICTED: Final = (
    Column("cell", TEXT, "hash of the cell, as in the results"),
    Column("look", TEXT, "as in the results"),
    Column("utterance", TEXT, "id of the utterance"),
    Column("unit", TEXT, "what is drawn independently: speaker, dialogue, …", OTHERS, True),
    Column("speaker", TEXT, "speaker, where the corpus names everybody", OTHERS, True),
    Column("member", TEXT, "member of a joint corpus", OTHERS, True),
    Column("truth", TEXT, "true class; of several labels a JSON list", OTHERS),
    Column("predicted", TEXT, "predicted class; of several labels a JSON list", OTHERS),
    Column("probabilities", NUMBERS, "in the order of `classes` in the results", OTHERS),
    *(
        Column(
            f"present_{name}", YES_NO, f"whether {name} was shown; none: the corpus has no {name}",
            OTHERS, True,
        )
        for name in MODALITIES
    ),
)  # fmt: skip
"""The columns of the predictions: a row for each utterance of each cell, sorted by cell."""

TABLES: Final = {"results": RESULTS, "predictions": PREDICTED}
"""Name of a table to its columns."""

OF_CSV: Final = tuple(c for c in RESULTS if c.name not in ("training_spec", "cell_spec"))
"""The columns of `RESULTS_CSV`: not the specs, which would be most of it."""

SHARE_COLUMNS: Final = tuple(c.name for c in RESULTS if c.unit == "share")


def arrow_schema(table: str) -> pa.Schema:
    """Return the columns of a table as Parquet has them."""
    return pa.schema([pa.field(c.name, ARROW[c.kind], nullable=c.empty) for c in TABLES[table]])


def metadata(table: str) -> dict[str, str]:
    """Return what stands in the metadata of a table's Parquet file."""
    return {VERSION_KEY: str(VERSION), TABLE_KEY: table}


def dictionary() -> dict[str, list[dict[str, str | bool]]]:
    """Return the data dictionary: table to the entries of its columns."""
    return {name: [column.content() for column in columns] for name, columns in TABLES.items()}


def markdown_table(table: str) -> str:
    """Return the data dictionary of a table as a table in Markdown."""
    lines = ["| column | type | what it is | held against |", "|---|---|---|---|"]
    for one in TABLES[table]:
        kind = f"{one.kind}{', can be empty' if one.empty else ''}"
        unit = f" ({one.unit})" if one.unit and one.unit not in one.meaning else ""
        lines.append(f"| `{one.name}` | {kind} | {one.meaning}{unit} | {one.held} |")
    return "\n".join(lines) + "\n"
