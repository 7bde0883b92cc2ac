"""Fixtures for tests of what the dashboard is told."""

from ..remediation.conftest import bench

__all__ = ["bench"]
