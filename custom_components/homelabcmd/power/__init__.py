"""Power, energy and money in Home Assistant: measured, kept, shown."""
