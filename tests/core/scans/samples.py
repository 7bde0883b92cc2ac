"""What real systems write, for each command and program: shortened, and no more."""

OS_RELEASE = """PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
ID=debian
"""
ALPINE = """NAME="Alpine Linux"
ID=alpine
VERSION_ID=3.21.2
PRETTY_NAME="Alpine Linux v3.21"
"""
CPU = """processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) N100

processor\t: 1
model name\t: Intel(R) N100
"""
PI_CPU = """processor\t: 0
BogoMIPS\t: 108.00
processor\t: 1
Hardware\t: BCM2835
Model\t\t: Raspberry Pi 4 Model B Rev 1.4
"""
MEMORY = """MemTotal:        2000000 kB
MemFree:          100000 kB
MemAvailable:    1500000 kB
Buffers:           50000 kB
"""
OLD_MEMORY = """MemTotal:        1000000 kB
MemFree:          100000 kB
Buffers:          100000 kB
Cached:           300000 kB
"""
DF = """Filesystem     Type     1024-blocks      Used Available Capacity Mounted on
udev           devtmpfs     1981432         0   1981432       0% /dev
/dev/sda1      ext4        97656250  48828125  48828125      50% /
/dev/sdb1      ext4         9765625   1000000   8765625      11% /mnt/my photos
tank/data      zfs        976562500 781250000 195312500      80% /tank
/dev/loop0     squashfs       10000     10000         0     100% /snap/core
nas:/export    nfs4       976562500 781250000 195312500      80% /net
"""
BUSYBOX_DF = """Filesystem           1024-blocks    Used Available Capacity Mounted on
tmpfs                   102400       128    102272   0% /run
/dev/mmcblk0p2         9765625   4882812   4882812  50% /
"""
APT = """Reading package lists...
Inst libc6 [2.36-9+deb12u9] (2.36-9+deb12u10 Debian-Security:12/stable-security [amd64])
Inst linux-image-6.1.0-32-amd64 (6.1.129-1 Debian:12.10/stable [amd64])
Inst bash [5.2.15-2] (5.2.15-3 Debian:12.10/stable [amd64]) []
Conf libc6 (2.36-9+deb12u10 Debian-Security:12/stable-security [amd64])
"""
DNF = """
kernel.x86_64                    6.12.9-200.fc41            updates
vim-minimal.x86_64               2:9.1.1000-1.fc41          updates
Obsoleting Packages
grub2-tools.x86_64               1:2.12-15.fc41             updates
    grub2-tools.x86_64           1:2.12-10.fc41             @anaconda
"""
APK_NEWER = """Installed:                                Available:
busybox-1.37.0-r9                       < 1.37.0-r12
ca-certificates-20241121-r1             < 20241121-r2
"""
SS = """Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess
udp   UNCONN 0      0          127.0.0.1:323       0.0.0.0:*
tcp   LISTEN 0      128          0.0.0.0:22        0.0.0.0:*
tcp   LISTEN 0      128             [::]:22           [::]:*
tcp   LISTEN 0      511                *:80              *:*
udp   UNCONN 0      0      fe80::1%eth0:546             *:*
"""
NETSTAT = """Active Internet connections (only servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State
tcp        0      0 127.0.0.1:631           0.0.0.0:*               LISTEN
tcp        0      0 :::22                   :::*                    LISTEN
udp        0      0 0.0.0.0:68              0.0.0.0:*
"""
WHO = """ana      tty1         2026-11-30 08:00
ben      pts/0        2026-11-30 09:12 (10.0.0.7)
"""
BUSYBOX_WHO = """USER\t\tTTY\t\tIDLE\tTIME\t\t HOST
root            pts/0           00:00   Nov 30 09:12:00  10.0.0.7
"""
DPKG = """bash\t5.2.15-2\tii
libc6:amd64\t2.36-9\tii
old-config\t1.0\trc
held\t2.0\thi
"""
RPM = """kernel\t6.12.8-200.fc41
kernel\t6.12.9-200.fc41
bash\t5.2.32-1.fc41
gpg-pubkey\te99d6ad1-64d2612c
"""
APK = """alpine-baselayout-3.6.8-r1
libstdc++-14.2.0-r4
py3-yaml-6.0.2-r0
"""
IP_ADDR = """1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
2: eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP
    link/ether 52:54:00:12:34:56 brd ff:ff:ff:ff:ff:ff
    inet 10.0.0.5/24 brd 10.0.0.255 scope global eth0
       valid_lft forever preferred_lft forever
    inet6 fd00::5/64 scope global
3: wlan0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN
    link/ether 52:54:00:12:34:57 brd ff:ff:ff:ff:ff:ff
"""
IP_ROUTE = """default via 10.0.0.1 dev eth0 proto dhcp metric 100
10.0.0.0/24 dev eth0 scope link
default via fd00::1 dev eth0
"""
RESOLV_CONF = """# made by NetworkManager
search home.lan
nameserver 10.0.0.1
nameserver fd00::1
"""
CONTAINERS = """docker|4f|plex|linuxserver/plex:latest|Up 3 days
podman|4f|plex|linuxserver/plex:latest|Up 3 days
podman|9a|db|docker.io/postgres:17|Exited (0) 2 days ago
"""
FAILED = """nginx.service loaded failed failed A high performance web server
"""
OLD_FAILED = """\u25cf backup.timer loaded failed failed Backups
"""
CRASHED = """ nginx                                             [  crashed  ]
"""
PASSWD = """root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
sync:x:4:65534:sync:/bin:/bin/sync
ana:x:1000:1000:Ana,,,:/home/ana:/usr/bin/zsh
old:x:1001:1001::/home/old:
"""
CRON = """/etc/crontab:SHELL=/bin/sh
/etc/crontab:17 *  * * *  root  cd / && run-parts --report /etc/cron.hourly
/etc/cron.d/backup:@daily ben PASSWORD=hunter2 /usr/local/bin/backup --token=hunter2
/var/spool/cron/crontabs/ana:*/5 * * * * /home/ana/poll.sh hunter2
/var/spool/cron/crontabs/ana:0 4 * * * TOKEN="hunter2 hunter2" curl hunter2
crontab:# a comment
crontab:0 3 * * 1-5 rsync -a /a /b
@daily:/etc/cron.daily/logrotate
"""
TIMERS = """Mon 2026-11-30 10:00:00 UTC 20min left Mon 2026-11-30 09:00:00 UTC \
39min ago apt-daily.timer apt-daily.service
- - - - fstrim.timer fstrim.service
n/a n/a n/a n/a

2 timers listed.
"""
SSHD = """#file
Include /etc/ssh/sshd_config.d/*.conf
PermitRootLogin yes
PermitRootLogin no
X11Forwarding=yes
PasswordAuthentication no
Match User guest
  PermitEmptyPasswords yes
#file
StrictModes no
"""

ALL = {name: text for name, text in list(globals().items()) if isinstance(text, str)}
