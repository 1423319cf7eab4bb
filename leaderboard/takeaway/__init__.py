"""What a reader of the page takes away: tables, figures, the command, and whom to cite."""
