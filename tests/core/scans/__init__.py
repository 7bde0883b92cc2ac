"""Tests of scans, as far as no Home Assistant is needed."""
