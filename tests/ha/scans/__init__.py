"""Scans inside Home Assistant, of an SSH server that the test runs itself."""
