"""What is out there must go on working: old agents, old hubs, within protocol 1."""
