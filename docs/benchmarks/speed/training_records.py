"""Prints what the records of a results folder say of its trainings, as JSON in one line.

python training_records.py RESULTS
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import plans

if __name__ == "__main__":
    print(json.dumps([one._asdict() for one in plans.trainings(Path(sys.argv[1]))]))
