"""The agent of HomelabCmd: measures a server and reports to Home Assistant."""
