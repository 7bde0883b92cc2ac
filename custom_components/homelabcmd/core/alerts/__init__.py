"""Alerts: what a heartbeat proves becomes alerts that open and end."""
