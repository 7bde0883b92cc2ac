"""Tests of devices in Home Assistant."""
