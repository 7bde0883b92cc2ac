"""Tests of devices, as far as no Home Assistant is needed."""
