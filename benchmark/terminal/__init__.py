"""How commands speak: to a person at a terminal, to a log, to a pipe, or to a program."""
