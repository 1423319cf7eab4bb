"""Protocols: one file per evaluation setting."""
