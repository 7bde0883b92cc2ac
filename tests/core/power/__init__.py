"""Tests of power, energy and money."""
