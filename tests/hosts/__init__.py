"""The agent on booted hosts; run by script/test-hosts."""
