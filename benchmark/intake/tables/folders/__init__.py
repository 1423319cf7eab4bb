"""Folders as tables, and tables that name the files of a folder in other tools' words."""
