"""Tests of power, energy and money inside Home Assistant."""
