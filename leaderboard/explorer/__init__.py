"""The data of the page's explorer: every score, and the differences between any two models."""
