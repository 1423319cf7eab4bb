from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def _toolbox() -> None:
    """Tests cannot import one another in pytest's importlib mode: load the helper by its path.

    They import it by this name, for their parameters are made of its functions.
    """
    name = "emobench_tests_feature_files"
    if name not in sys.modules:
        path = Path(__file__).parent / "feature_files.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])


_toolbox()
