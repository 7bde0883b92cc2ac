"""The servers in Home Assistant: coordinators, devices, dialogs, actions."""
