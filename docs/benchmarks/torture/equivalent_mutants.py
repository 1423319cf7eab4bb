"""Mutants that mean the same as the code, each with its reason: no test can tell them."""

from __future__ import annotations

import re
from typing import NamedTuple


class Same(NamedTuple):
    """Changes of one line that change nothing: the operators, as a pattern, and why.

    `becomes`: what the line is then, where the same operator can also make something else of it.
    """

    path: str
    line: str
    operators: str
    why: str
    becomes: str = ".*"


METRICS = "leaderboard/statistics/metrics.py"
UNITS = "leaderboard/statistics/units.py"
MULTILABEL = "leaderboard/statistics/multilabel_metrics.py"
MEASURES = "leaderboard/statistics/measures.py"
BOOTSTRAP = "leaderboard/statistics/bootstrap.py"
VARIANCE = "leaderboard/statistics/variance.py"
MASKS = "benchmark/conditions/masks.py"
MASK_SET = "benchmark/conditions/mask_set.py"
INDEX = "benchmark/store/index.py"
SEAL = "benchmark/disk/seal.py"
PACK = "benchmark/store/pack.py"
SPLIT = "benchmark/corpus/split.py"
INNER = "benchmark/corpus/inner_folds.py"

SAME = (
    Same(METRICS, r"return np\.clip\(np\.ceil\(confidence \* bins\).*bins - 1\)", "Sub_FloorDiv",
         "no confidence is above 1, so the upper end is never reached"),
    Same(MULTILABEL, r"return _mean\(label_.*, support > 0\)", "Gt_NotEq", "counts are never < 0"),
    Same(MEASURES, r".* m\.name != RANKING\)\)", "NotEq_IsNot", "both are one constant"),
    Same(BOOTSTRAP, r"@lru_cache\(maxsize=8\)", "Number", "how much is kept, not what is returned"),
    Same(BOOTSTRAP, r"@lru_cache\(maxsize=8\)", "RemoveDecorator", "a draw is the same each time"),
    Same(UNITS, r"cells = np\.arange\(.* \+ predicted", "Add_Bit(Xor|Or)",
         "the bits of the summands are others"),
    Same(UNITS, r"_known: .*repr=False.*", "FalseWithTrue", "how a cache is shown, and compared"),
    Same(UNITS, r"DENSE: Final = 0\.1", "Number", "how counts are kept, not what they are"),
    Same(UNITS, r"if codes\.size > DENSE \* size:", ".*", "how counts are kept"),
    Same("benchmark/missingness.py", r"by_count = .*range\(.* \+ 1\)\]\)", "Number",
         "an entry more, which nobody asks for"),
    Same(MASKS, r"if condition\.rate <= 0:", "LtE_Eq|LtE_Lt|Number",
         "no rate is below 0, and the draw at 0 erases nothing", r".*(< 0|== 0|<= -1):"),
    Same(MASKS, r"return available & .*", "BitAnd_Mul", "a product of truth values is their `and`"),
    Same(MASK_SET, r"content\[\"format\"\] == FORMAT", "Eq_Is", "Python keeps small numbers once"),
    Same(MASK_SET, r".*indent=1.*", "Number", "blanks of the file, which no reader looks at"),
    Same(MASK_SET, r"and len\(set\(modalities\)\) == len\(modalities\)", "Eq_GtE",
         "a set has never more members than its list"),
    Same(INDEX, r"if table\.schema\.metadata\.get\(.*\) != FORMAT\.encode\(\):", "IsNot",
         "Python keeps a single byte once"),
    Same(SEAL, r"CHUNK: Final = 2\*\*20", ".*", "how much of a file is read at once"),
    Same(PACK, r"@dataclass\(frozen=True\)", "True", "nothing sets a field of these"),
    Same(PACK, r"names = \[f\.name for f in schema if not .*\]", "Not", "how it is compressed"),
    Same(PACK, r"group, rows, last = 0, 0, -1", "USub|Number", "nothing waits, so none is last",
         r"group, rows, last = 0, 0, .*"),
    Same(PACK, r"writer\.add_key_value_metadata\(.*ensure_ascii=False\)\}\)", "False",
         "JSON reads both alike"),
    Same(PACK, r"size = 0 if cell\.table is None else len\(cell\.table\)", "Number",
         "a cell without a table is left aside by the next line"),
    Same(SPLIT, r"dev = \"fold's part is\" if self\.dev_folds == 1 .*", "Eq_LtE",
         "one fold at least is dev"),
    Same(SPLIT, r"member = np\.full\(len\(corpus\.table\), -1\)", "Number",
         "neither -1 nor -2 is a fold", r".*- ?2\)"),
    Same(INNER, r"absent = .* strict=True\) if n == 0\]", "Eq_LtE|True",
         "counts are never < 0, and there is one for each class"),
)  # fmt: skip
"""What was looked at by hand after it had lived."""


def reason(path: str, line: str, changed: str, operator: str) -> str:
    """Why a mutant means the same as the code; "" where nobody has found that it does.

    Parameters
    ----------
    path
        The module.
    line, changed
        The text of the line before and after.
    operator
        Cosmic Ray's name of the change.
    """
    for one in SAME:
        before, after = (
            re.fullmatch(one.line, line.strip()),
            re.fullmatch(one.becomes, changed.strip()),
        )
        if one.path == path and before and after and re.search(one.operators, operator):
            return one.why
    return ""
