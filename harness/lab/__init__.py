"""Real hosts on this machine: booted Debian in containers, on their own network."""
