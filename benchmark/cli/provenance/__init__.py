"""Commands that prove: where a cell is from, whether it comes out again, certificates."""
