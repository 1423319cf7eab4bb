"""Serving a page that follows a results folder: to this machine alone, from memory."""
