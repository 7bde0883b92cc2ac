"""Tests of real processes and a real browser."""
