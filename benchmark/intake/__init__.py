"""Reading what comes from outside: downloads, archives, pickles and ready-made features.

Everything here reads files that somebody else wrote, and takes them to be hostile.
"""
