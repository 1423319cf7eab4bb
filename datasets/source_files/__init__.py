"""Finds the files of a built-in corpus on disk: without litter, and in usual other places."""

from emobench.datasets.source_files.other_places import seen_instead as seen_instead
from emobench.datasets.source_files.tree import Tree as Tree
from emobench.datasets.source_files.tree import list_tree as list_tree
from emobench.datasets.source_files.tree import told_of_litter as told_of_litter
