"""Real programs for the demo and the tests: Home Assistant, agent, browser."""
