"""Modules of the simulated corpus: its generating process, its renderers, its store."""
