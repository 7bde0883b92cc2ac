"""Alerts inside Home Assistant."""
