"""The one stateful object, and what makes it run."""
