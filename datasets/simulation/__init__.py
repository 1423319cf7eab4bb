"""The rooms of the simulated corpus: its generating process, its renderers, its store."""
