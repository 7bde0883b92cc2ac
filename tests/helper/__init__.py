"""Tests of the root helper: the real file as a real process, under attack."""
