"""Alerts in Home Assistant: followed, kept, announced, and acted upon."""
