"""Tests of HomelabCmd."""
