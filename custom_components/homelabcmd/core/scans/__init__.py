"""Scans of machines without an agent: what is asked, and what the answers say."""
