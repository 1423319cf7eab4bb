"""Parts of the corpus `manifest`: what columns, labels, segments and paths mean, and its split."""

from emobench.datasets.manifests.drawing import drawn_split as drawn_split
from emobench.datasets.manifests.label_map import guessed as guessed
from emobench.datasets.manifests.label_map import label_map as label_map
from emobench.datasets.manifests.rows import ManifestRows as ManifestRows
from emobench.datasets.manifests.rows import errors as errors
from emobench.datasets.manifests.rows import read_manifest as read_manifest
