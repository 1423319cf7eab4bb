"""``emobench results``: what a results folder holds, and its upkeep."""
