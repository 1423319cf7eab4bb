"""Unpickling that lets the file call nothing.

An ordinary unpickler calls whatever the file names. This one hands the file no class and no
function at all: each admitted name stands for a function of this package that checks its
arguments and builds the value itself, everything else is refused by its name, and so is every
opcode that those values do not need. In particular no ``__setstate__`` of a dtype ever sees the
file (a forged state gives arrays over memory of the file's choice), and a scalar of objects, which
NumPy
would unpickle with the ordinary unpickler, is refused.

pandas is refused. Its objects are rebuilt by constructors and ``__setstate__`` methods that set
attributes by names from the file and differ between versions: what they can be made to do cannot
be shown to be harmless.

One attack remains: a file can waste time, and memory in proportion to its own size.
"""
