"""Measures the machine that Home Assistant runs on."""
