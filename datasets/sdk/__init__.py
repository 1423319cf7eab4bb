"""Reads the files of the CMU multimodal SDK: sequences, folds, and pickles made of them."""

from emobench.datasets.sdk.folder import Feature as Feature
from emobench.datasets.sdk.folder import SdkFolder as SdkFolder
from emobench.datasets.sdk.folds import fold_files as fold_files
from emobench.datasets.sdk.folds import read_folds as read_folds
from emobench.datasets.sdk.labels import read_labels as read_labels
from emobench.datasets.sdk.pickles import SdkPickles as SdkPickles
from emobench.datasets.sdk.sequence import ComputationalSequence as ComputationalSequence
