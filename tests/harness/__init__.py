"""Tests of the harness's own logic."""
