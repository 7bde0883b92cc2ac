"""Home Assistant's own machine, which needs no agent."""
