"""Real hosts on this machine: booted Debian in containers, on a network of their own."""
