"""The machines of a home network, whether or not they have an agent."""
