"""Whether anything may reach another machine."""
