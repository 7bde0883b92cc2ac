"""The real Home Assistant and the real agent, killed midway, in a bad network."""
