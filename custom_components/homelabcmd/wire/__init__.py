"""Between agents and the hub: the webhook, its answers, where it is reached."""
