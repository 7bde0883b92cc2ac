"""Tests of Home Assistant's own machine."""
