"""All that a program could leave behind on a host."""

from __future__ import annotations

import re

from harness.lab.host import Host

# Logs, caches, what a timer saves at midnight, and what apt, dpkg and useradd keep as
# the state before their last run.
_LOOK = r"""
find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run \
    -o -path /var/log -o -path /var/cache -o -path /var/backups \
    -o -path /var/lib/apt -o -path /var/lib/dpkg \
    -o -path /etc/.pwd.lock -o -regex '/etc/g?\(passwd\|group\|shadow\)-' \
    -o -regex '/etc/sub[ug]id-?' -o -path /etc/gshadow- -o -path /etc/shadow- \) \
  -prune -o -printf '%p %y %#m %u:%g %l\n'
find /run -name '*homelab*'
find /etc -xdev -type f ! -name '*-' ! -name ld.so.cache ! -name .pwd.lock \
  -exec sha256sum {} +
getent passwd
getent group
dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n'
systemctl list-unit-files --no-legend --no-pager
systemctl list-units --all --no-legend --no-pager 'homelab*' | tr -s ' '
"""
# Of the folders for temporary files that systemd makes for each run of a service, and
# the helper's are there only while it answers, like the unit of its answer.
_RANDOM = re.compile("(?<=systemd-private-)[0-9a-f]{32}|(?<=service-)[A-Za-z0-9]{6}\\b")
_PASSING = re.compile(
    "/(var/)?tmp/systemd-private-.*-homelab-agent-helper@"
    "| ?homelab-agent-helper@[^ ]+ loaded "
)


def traces(host: Host) -> set[str]:
    """Return files, users, packages and units, one text for each."""
    lines = _RANDOM.sub("", host.read(_LOOK)).splitlines()
    return {line for line in lines if not _PASSING.match(line)}
