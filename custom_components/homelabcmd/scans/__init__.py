"""Scans of machines without an agent, in Home Assistant."""
