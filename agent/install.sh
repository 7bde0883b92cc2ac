#!/bin/sh
# Puts the agent of HomelabCmd on this server, repairs it, upgrades it, takes it away.
#
# Home Assistant serves this file and shows the line that fetches, checks and runs it.
# The server's key comes on standard input, so that it is in no process list. Nothing is
# changed before everything that can be checked was checked; if a step fails, the steps
# before it are undone.
set -eu

# After `su` without `-`, PATH is an ordinary user's, without the folders of root's programs.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

# Home Assistant fills this in when it serves the file.
BUNDLE_SHA256="@BUNDLE_SHA256@"

NAME=homelab-agent
COMMENT='HomelabCmd agent'
CODE=/opt/homelab-agent
SETTINGS=/etc/homelab-agent
CONFIG=$SETTINGS/config.yaml
ALLOWED=$SETTINGS/allowed.toml
CA_COPY=$SETTINGS/ca.pem
STATE=/var/lib/homelab-agent
WATCHED=$STATE/watched.json
RUN=/run/homelab-agent
COMMAND=/usr/local/bin/homelab-agent
UNITS=/etc/systemd/system
SERVICE=homelab-agent.service
HELPER_SOCKET=homelab-agent-helper.socket
UNIT_FILES="$SERVICE $HELPER_SOCKET homelab-agent-helper@.service"
PACKAGES="python3-yaml"
# What the installers before this one asked apt for, and what came with it.
FORMER_PACKAGES="python3-yaml python3-psutil libyaml-0-2"
APT_KEEP=/etc/apt/apt.conf.d/90homelab-agent
LOCK=/run/homelab-agent-install.lock
PYTHON=/usr/bin/python3
PATIENCE=60

FAILED=1
REFUSED=2
LEFT=3
# Of "homelab-agent goodbye": the server is not in Home Assistant any more.
REMOVED=10

usage() {
  cat <<'END'
Usage: install.sh --server-id ID --url URL [OPTION...]     with the key on standard input
       install.sh [OPTION...]                              to repair what is installed
       install.sh --uninstall

Installs the agent of HomelabCmd, or repairs and upgrades it. Needs root.

  --server-id ID   the server's id in Home Assistant
  --url URL        the address that Home Assistant shows, http://.../api/webhook/...;
                   give it several times, and the first that works is used
  --ca-file FILE   trust this certificate authority (PEM) instead of the system's
  --managed        also make the list of what Home Assistant may do on this server,
                   /etc/homelab-agent/allowed.toml; shows it and asks first
  --dry-run        show every step, change nothing
  --uninstall      tell Home Assistant, then remove the agent and everything that this
                   script made
  --help           show this text

Exit status: 0 done; 1 failed (and undone), or no report has arrived; 2 refused, because
something given is wrong; 3 something is left that --uninstall could not remove. Each of
them says what to do.
END
}

# ---------------------------------------------------------------------------- talking

say() { printf '%s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
step() {
  doing=$*
  if [ "$dry_run" ]; then say "--> $*"; else say "==> $*"; fi
}

# plain: pass on what came from elsewhere, without what a terminal would obey.
plain() { LC_ALL=C tr -cd '\n -~'; }

# refuse WHAT-AND-REMEDY: something given can't be used; nothing has changed.
refuse() {
  printf 'refused: %s\nNothing was changed.\n' "$*" >&2
  exit "$REFUSED"
}

# fail WHAT-AND-REMEDY: a step did not work; what was done is undone on the way out.
fail() {
  printf 'failed: %s\n' "$*" >&2
  [ "$changing" ] || printf 'Nothing was changed.\n' >&2
  explained=yes
  exit "$FAILED"
}

# run COMMAND...: change something, or in a dry run only show how.
run() {
  if [ "$dry_run" ]; then note "$*"; else "$@"; fi
}

# undo_with COMMAND: how to undo the step that comes next.
undo_with() {
  [ "$dry_run" ] || undo="$1
$undo"
}

# stays WHAT: this can't be undone or removed; who runs this script is told at its end.
stays() { left="$left$NEWLINE    $*"; }

# finish: leave this server as it was, unless everything worked.
finish() {
  status=$?
  trap - EXIT
  trap '' HUP INT TERM
  set +e
  if [ "$changing" ]; then
    [ "$explained" ] || printf 'failed: %s\n' "$doing" >&2
    printf 'Undoing what was done ...\n' >&2
    eval "$undo" >/dev/null 2>&1
    printf 'This server is as it was before%s\n' "${left:+, except for:$left}." >&2
  fi
  # Whoever waits for the lock looks whether the file is still there.
  [ -z "$locked" ] || rm -f "$LOCK"
  [ -z "$work" ] || rm -rf "$work"
  exit "$status"
}

# ------------------------------------------------------------------ reading what is given

NEWLINE='
'
HOST='([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])'
URL_FORM="https?://$HOST(:[0-9]{1,5})?/api/webhook/[A-Za-z0-9._~-]+"
ID_FORM='[a-z0-9][a-z0-9_-]{0,62}'
KEY_FORM='whsec_[A-Za-z0-9+/]{43}='
WATCHED_FORM='[A-Za-z0-9_][A-Za-z0-9_.:@-]*( \((docker|podman)\))?'

# fits TEXT FORM: whether the whole text is one line of this form (a regular expression).
fits() {
  case $1 in *"$NEWLINE"*) return 1 ;; esac
  printf '%s\n' "$1" | LC_ALL=C grep -Eqx -e "$2"
}

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --server-id | --url | --ca-file)
        [ $# -ge 2 ] || refuse "$1 needs a value; see --help"
        read_value "$1" "$2"
        shift
        ;;
      --server-id=* | --url=* | --ca-file=*) read_value "${1%%=*}" "${1#*=}" ;;
      --managed) managed=yes ;;
      --dry-run) dry_run=yes ;;
      --uninstall) uninstall=yes ;;
      --help | -h) usage; exit 0 ;;
      *) refuse "there is no option '$1'; see --help" ;;
    esac
    shift
  done
  if [ "$uninstall" ] && [ "$server_id$urls$ca_file$managed" ]; then
    refuse "--uninstall goes with --dry-run only; leave the others out"
  fi
}

read_value() {
  case $1 in
    --server-id)
      fits "$2" "$ID_FORM" || refuse "--server-id '$2' is no server id: 1 to 63 small" \
        "letters, digits, '-' and '_', starting with a letter or digit;" \
        "copy the line from Home Assistant again"
      server_id=$2
      ;;
    --url)
      fits "$2" "$URL_FORM" || refuse "--url '$2' is not an address of the form" \
        "http://homeassistant.local:8123/api/webhook/...;" \
        "copy the line from Home Assistant again"
      urls="$urls $2"
      ;;
    --ca-file)
      case $2 in
        *[!A-Za-z0-9/._@+-]* | [!/]* | '')
          refuse "--ca-file '$2' must be the full path of a file, without blanks" ;;
      esac
      ca_file=$2
      ;;
  esac
}

# take_ca_file: read it once, so that what is looked at is what is installed. Only the
# certificates are taken: a private key beside them must not become readable for all.
take_ca_file() {
  [ "$ca_file" ] || return 0
  if ! [ -f "$ca_file" ] || ! [ -r "$ca_file" ]; then
    refuse "--ca-file $ca_file is no file that can be read; name the right one"
  fi
  head -c 1048576 "$ca_file" |
    sed -n '/^-----BEGIN CERTIFICATE-----/,/^-----END CERTIFICATE-----/p' >"$work/ca.pem" ||
    fail "no space left in ${work%/*}; make some"
  [ -s "$work/ca.pem" ] ||
    refuse "--ca-file $ca_file is no PEM certificate; name the right file"
  ca_file=$work/ca.pem
}

# read_key: set $key from standard input; a terminal or nothing there means none.
read_key() {
  [ ! -t 0 ] || return 0
  # A here-document or a pipe is there at once; an idle connection must not hang us.
  key=$(timeout 10 head -c 4096 2>/dev/null | tr -d '\000') || key=
  [ -z "$key" ] || fits "$key" "$KEY_FORM" ||
    refuse "the key on standard input is not one line of the form whsec_...;" \
      "copy the line from Home Assistant again"
}

# setting NAME FORM: print a setting of the present config file; fails if it is not
# there exactly once, in this form. What an interrupted write leaves behind fails.
setting() {
  value=$(sed -n "s/^$1:[[:space:]]*\(.*[^[:space:]]\)[[:space:]]*\$/\1/p" "$CONFIG")
  case $value in
    \"*\") value=${value#\"} value=${value%\"} ;;
    \'*\') value=${value#\'} value=${value%\'} ;;
  esac
  fits "$value" "$2" && printf '%s' "$value"
}

# read_config: take what was not given from the present config file.
read_config() {
  [ -e "$CONFIG" ] || return 0
  remedy="it is damaged or half written; delete it (sudo rm $CONFIG) and paste the line
from Home Assistant again"
  [ -f "$CONFIG" ] || refuse "$CONFIG is no file; $remedy"
  cp "$CONFIG" "$work/config.before" || fail "no space left in ${work%/*}; make some"
  old_id=$(setting server_id "$ID_FORM") || refuse "$CONFIG: server_id: $remedy"
  old_url=$(setting url "$URL_FORM") || refuse "$CONFIG: url: $remedy"
  old_key=$(setting key "$KEY_FORM") || refuse "$CONFIG: key: $remedy"
  old_ca=
  if grep -q '^ca_file:' "$CONFIG"; then
    old_ca=$(setting ca_file '/[^"]*') || refuse "$CONFIG: ca_file: $remedy"
    [ -r "$old_ca" ] || [ "$ca_file" ] || refuse "$CONFIG: ca_file: $old_ca is missing;" \
      "put it back, or give --ca-file"
  fi
  interval=$(setting heartbeat_interval_seconds '[0-9]{1,6}') || interval=
  [ -z "$server_id" ] || [ "$server_id" = "$old_id" ] ||
    refuse "this server already reports as $old_id, not as $server_id; to change that," \
      "first run: sudo sh $CODE/install.sh --uninstall"
  server_id=$old_id
  urls=${urls:-$old_url}
  key=${key:-$old_key}
}

# ------------------------------------------------------------------- looking at this server

look_at_server() {
  step "Looking at this server"
  if [ "$(id -u)" != 0 ]; then
    [ "$dry_run" ] || refuse "this needs root; paste the line where sudo works," \
      "or become root first (su -)"
    note "not root: what may be installed already can't be looked at"
  fi
  if { [ -e "$COMMAND" ] || [ -L "$COMMAND" ]; } && ! grep -qs "$CODE" "$COMMAND"; then
    refuse "$COMMAND is there and not of this script; move it away or rename it"
  fi
  os=$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' /etc/os-release 2>/dev/null) || os=
  if ! grep -Eqs '^ID(_LIKE)?=.*debian' /etc/os-release || ! command -v apt-get >/dev/null; then
    refuse "this is ${os:-no system that is known here}; the agent needs Debian, Ubuntu," \
      "Raspberry Pi OS or another of their family"
  fi
  [ -d /run/systemd/system ] ||
    refuse "systemd does not run here; the agent is one of its services"
  if [ -x "$PYTHON" ]; then
    "$PYTHON" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
      refuse "$PYTHON is older than 3.11; upgrade to Debian 12, Ubuntu 24.04 or later"
  fi
  if getent passwd "$NAME" >/dev/null; then
    case $(getent passwd "$NAME") in
      *:*:0:* | *sh) refuse "the user $NAME exists and can log in or is root;" \
        "it is not the agent's: rename or remove it" ;;
    esac
    groups=$(id -Gn "$NAME")
    [ "$groups" = "$NAME" ] || note "warning: the user $NAME is in more groups than its" \
      "own ($groups); take it out with: sudo gpasswd -d $NAME GROUP"
  fi
  note "$os; $("$PYTHON" -V 2>/dev/null || say no Python yet)"
}

# has_packages: whether Python finds everything that the agent imports.
has_packages() {
  "$PYTHON" -I -c 'import http.client, ssl, yaml, zipfile' 2>/dev/null
}

# ----------------------------------------------------------------- finding Home Assistant

# fetch URL FILE [post]: get a page; sets $http to the status, or to 000 and $why to one
# of the words of the table in `explain`. No proxy: the agent will use none either.
fetch() {
  http=000 why=
  : >"$work/headers"
  if command -v curl >/dev/null; then
    set -- "$1" "$2" "${3:-}" -q -sv --noproxy '*' --connect-timeout 10 --max-time 60
    [ -z "$trusted" ] || set -- "$@" --cacert "$trusted"
    [ -z "$3" ] || set -- "$@" --data ''
    page=$1 file=$2
    shift 3
    http=$(LC_ALL=C curl "$@" -D "$work/headers" -o "$file" -w '%{http_code}' "$page" \
      2>"$work/error") || why=$(why_curl $?)
  else
    set -- "$1" "$2" "${3:-}" --no-config --no-proxy --no-hsts -nv -S -T 10 -t 1 \
      --max-redirect=0 --content-on-error
    [ -z "$trusted" ] || set -- "$@" --ca-certificate="$trusted"
    [ -z "$3" ] || set -- "$@" --post-data=
    page=$1 file=$2
    shift 3
    LC_ALL=C wget "$@" -O "$file" "$page" 2>"$work/error" || why=$(why_wget $?)
    sed -n 's/^  //p' "$work/error" >"$work/headers"
    http=$(sed -n 's|^HTTP/[0-9.]* \([0-9]\{3\}\).*|\1|p' "$work/headers" | tail -n 1)
    http=${http:-000}
    [ "$http" = 000 ] || why=
  fi
  [ -z "$why" ] || http=000
}

why_curl() {
  case $1 in
    6) echo dns ;;
    7) why_words ;;
    28) echo timeout ;;
    1 | 8 | 52 | 55 | 56) echo dropped ;;
    35) echo tls ;;
    51 | 58 | 60 | 77) echo certificate ;;
    *) echo other ;;
  esac
}

why_wget() {
  case $1 in
    5) if grep -qi certificate "$work/error"; then echo certificate; else echo tls; fi ;;
    *) why_words ;;
  esac
}

why_words() {
  while read -r words word; do
    ! grep -Eqi "$(printf %s "$words" | tr _ ' ')" "$work/error" || { echo "$word"; return; }
  done <<'END'
unable_to_resolve|not_known dns
connection_refused refused
no_route|network_is_unreachable unreachable
timed_out|timeout timeout
certificate certificate
ssl|tls|handshake tls
no_data_received|reset_by_peer|read_error|end_of_file dropped
. other
END
}

# explain ADDRESS: what $why means, and what to do.
explain() {
  case $why in
    dns) echo "this server's DNS does not know the name; give Home Assistant an" \
      "address that does (Settings, System, Network) and copy the new line" ;;
    refused) echo "the connection is refused; is Home Assistant running there," \
      "and is this its port?" ;;
    unreachable) echo "there is no way to it; check this server's network" ;;
    timeout) echo "no answer in time; check network and firewall" ;;
    certificate) echo "its certificate is not accepted; for a certificate authority of" \
      "your own add --ca-file FILE; check that this server's clock is right" \
      "(it says $(date -u '+%Y-%m-%d %H:%M') UTC)" ;;
    tls) echo "it does not speak TLS as expected; is it http:// there?" ;;
    dropped) echo "it dropped the connection; is it" \
      "$(case $1 in https:*) echo http ;; *) echo https ;; esac):// there?" ;;
    *) echo "it can't be reached ($(tail -n 1 "$work/error" | plain | cut -c 1-200))" ;;
  esac
}

# judge_hub URL: whether HomelabCmd is there; prints why not.
judge_hub() {
  address=${1%/api/webhook/*}
  fetch "$address/api/homelabcmd/health" "$work/health"
  case $http in
    000) note "$address: $(explain "$address")"; return 1 ;;
    200) ;;
    503) note "$address: Home Assistant is starting; try again in a minute"; return 1 ;;
    30?) note "$address: it redirects elsewhere; use the final address"; return 1 ;;
    404) note "$address: something answers, but without HomelabCmd; is this Home" \
      "Assistant, and is HomelabCmd set up there?"; return 1 ;;
    *) note "$address: it answers with HTTP status $http; check any proxy"; return 1 ;;
  esac
  if ! grep -Eq '"protocol": *[0-9]' "$work/health"; then
    note "$address: what answers is not HomelabCmd; check the address"
    return 1
  fi
  if ! grep -Eq '"protocol": *1[,}]' "$work/health"; then
    note "$address: it speaks another protocol; copy a new line from Home Assistant"
    return 1
  fi
  compare_clocks
  # Home Assistant answers any webhook with 200; only ours refuses what is not signed.
  fetch "$1" "$work/refusal" post
  if [ "$http" != 401 ]; then
    note "$address: Home Assistant is there, but not under this path;" \
      "copy the line from Home Assistant again"
    return 1
  fi
  note "$address: HomelabCmd answers"
}

compare_clocks() {
  told=$(sed -n 's/^[Dd]ate: *\(.*[A-Z]\).*$/\1/p' "$work/headers" | tail -n 1)
  hub=$(LC_ALL=C date -u -d "${told:-?}" +%s 2>/dev/null) || return 0
  wrong_by=$(($(date -u +%s) - hub))
  if [ "${wrong_by#-}" -gt 300 ]; then
    # What the hub sent is never shown, only what was understood of it.
    note "warning: this server's clock says $(date -u '+%Y-%m-%d %H:%M'), Home" \
      "Assistant's $(date -u -d "@$hub" '+%Y-%m-%d %H:%M'); the agent allows for it," \
      "but set the clock: sudo timedatectl set-ntp true"
  fi
}

find_hub() {
  step "Looking for Home Assistant from here"
  command -v curl >/dev/null || command -v wget >/dev/null ||
    refuse "neither curl nor wget is here; install one: sudo apt-get install curl"
  trusted=${ca_file:-$old_ca}
  for candidate in $urls; do
    if judge_hub "$candidate"; then
      url=$candidate
      return
    fi
  done
  fail "this server can't reach HomelabCmd; see above for what to do"
}

# ------------------------------------------------------------------------ the agent's code

get_bundle() {
  bundle=$CODE/homelab-agent.pyz
  if [ "$(sha256 "$bundle")" = "$BUNDLE_SHA256" ]; then
    step "Using the agent's code that is already here"
    cp "$bundle" "$work/bundle" || fail "no space left in ${work%/*}; make some"
  else
    step "Fetching the agent's code from Home Assistant"
    fetch "${url%/api/webhook/*}/api/homelabcmd/homelab-agent.pyz" "$work/bundle"
    [ "$http" = 200 ] || fail "${url%/api/webhook/*} does not give it out (HTTP" \
      "status $http); is there space left in ${work%/*}? Else copy the line again"
    [ "$(sha256 "$work/bundle")" = "$BUNDLE_SHA256" ] ||
      fail "what came is not what this script is for, or it came damaged; Home" \
        "Assistant may have been updated: copy the line from it again"
  fi
  "$PYTHON" -I "$work/bundle" version 2>/dev/null | plain | sed 's/^/    /' || :
  note "SHA-256 $BUNDLE_SHA256"
}

sha256() { sha256sum 2>/dev/null <"$1" | cut -d ' ' -f 1; }

# unpack_to FOLDER: the code as files: they can be read by whoever wants to know, the
# units and the helper have to be files anyway, and compiled ones start twice as fast as
# a zip file, which can't keep what was compiled.
unpack_to() {
  {
    "$PYTHON" -I -m zipfile -e "$work/bundle" "$1" &&
      "$PYTHON" -I -m compileall -q "$1" >&2 &&
      chown -R root:root "$1" &&
      chmod -R u=rwX,go=rX "$1"
  } 2>"$work/error" || fail "unpacking to $1: $(tail -n 1 "$work/error" | plain)"
}

# ----------------------------------------------------------------------------- the steps

install_packages() {
  step "Installing Debian packages: $PACKAGES"
  undo_with undo_packages
  keep_packages
  # shellcheck disable=SC2086 # a list of words
  run apt_install $PACKAGES ||
    fail "apt can't install them; what it said last: $(tail -n 2 "$work/apt.log" | plain);" \
      "repair that, or install them by hand: sudo apt-get install $PACKAGES"
  [ "$dry_run" ] || has_packages ||
    fail "$PYTHON can't use them or is older than 3.11; is another Python in its place?"
}

# keep_packages: an "apt autoremove" is to leave them here. They are not marked as wanted by
# a person for that: who wants them too can mark them, and then they stay for good.
keep_packages() {
  {
    echo '// The agent of HomelabCmd needs these.'
    for package in $PACKAGES; do echo "APT::NeverAutoRemove:: \"^$package\$\";"; done
  } >"$work/apt-keep"
  put "$work/apt-keep" "$APT_KEEP" 644 root
}

# new_packages: what was not here before, as apt itself planned its run for us. While it
# plans and works, no other apt can.
new_packages() {
  [ ! -f "$work/plan" ] ||
    awk '$2 == "-" && $3 == "<" && $5 ~ "^/" { print $1 }' "$work/plan" | sort -u
}

undo_packages() {
  # shellcheck disable=SC2046 # a list of words
  remove_packages $(new_packages)
  for package in $(new_packages); do
    ! is_installed "$package" || stays "the Debian package $package"
  done
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# remove_packages PACKAGE...: those of them that apt, too, calls superfluous by now: nobody
# has asked for them, and nothing depends on them, recommends or suggests them. Their
# settings stay (no purge), and what needs them by the time of dpkg keeps them.
remove_packages() {
  apt-get -s -q -o APT::AutoRemove::RecommendsImportant=true \
    -o APT::AutoRemove::SuggestsImportant=true autoremove 2>/dev/null </dev/null |
    sed -n 's/^Remv \([^ ]*\).*/\1/p' >"$work/superfluous"
  unneeded=$(printf '%s\n' "$@" | grep -Fx -f "$work/superfluous") || return 0
  waited=0
  # shellcheck disable=SC2086 # a list of words
  until LC_ALL=C DEBIAN_FRONTEND=noninteractive dpkg --remove $unneeded \
    >"$work/dpkg.log" 2>&1 </dev/null; do
    if ! grep -q 'lock was locked' "$work/dpkg.log" || [ "$waited" -ge 120 ]; then return 1; fi
    sleep 1
    waited=$((waited + 1))
  done
}

apt_install() {
  set -- env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -y -q \
    -o DPkg::Lock::Timeout=120 -o APT::Get::Mark-Auto=true \
    -o "DPkg::Pre-Install-Pkgs::=cat >>'$work/plan'" \
    -o DPkg::Tools::Options::cat::Version=2 --no-install-recommends install "$@"
  "$@" >"$work/apt.log" 2>&1 </dev/null && return
  # A fresh machine has no lists yet, an old one has outdated ones.
  apt-get -q update >"$work/apt.log" 2>&1 </dev/null || :
  "$@" >>"$work/apt.log" 2>&1 </dev/null
}

# ask_hub: let the new code with the new settings ask the hub, before they take over.
ask_hub() {
  step "Asking Home Assistant whether it knows $server_id and its key"
  if [ "$dry_run" ]; then
    note "homelab-agent check"
    return
  fi
  unpack_to "$work/code"
  (umask 077 && write_config "${trusted:-}" >"$work/config.yaml")
  "$PYTHON" -I -B "$work/code" check --config "$work/config.yaml" >"$work/check" 2>&1 || :
  # A wrong clock, or what can't be measured, is something to tell and no reason to stop.
  if grep '^FAIL' "$work/check" | grep -Ev '^FAIL (clock|helper|managed|measuring.*):' \
    >"$work/error"; then
    sed 's/^/    /' "$work/error"
    fail "Home Assistant would not take reports from here; see above for what to do"
  fi
  grep -q '^ok   signature:' "$work/check" || {
    sed 's/^/    /' "$work/check"
    fail "the agent does not run here"
  }
}

make_user() {
  if getent passwd "$NAME" >/dev/null; then
    step "The user $NAME is there"
    return
  fi
  step "Making the user $NAME: no password, no shell, no home, no other group"
  undo_with remove_user
  if getent group "$NAME" >/dev/null; then set -- --gid "$NAME"; else set -- --user-group; fi
  run useradd --system "$@" --no-create-home --home-dir /nonexistent \
    --shell /usr/sbin/nologin --comment "$COMMENT" "$NAME"
}

# remove_user: the one that make_user made, no other of that name.
remove_user() {
  case $(getent passwd "$NAME") in
    '' | *:"$COMMENT"*:*) ;;
    *) note "it was not made by this script and stays"; return ;;
  esac
  for what in user group; do
    removal "$what" 2>"$work/error" || {
      stays_account "$what"
      return 0
    }
  done
}

# removal user|group: remove it, if it is there.
removal() {
  case $1 in
    user) ! getent passwd "$NAME" >/dev/null || run userdel "$NAME" ;;
    group) [ "$dry_run" ] || ! getent group "$NAME" >/dev/null || groupdel "$NAME" ;;
  esac
}

stays_account() {
  case $1 in user) busy=$(processes_of "$NAME") ;; *) busy= ;; esac
  if [ "$busy" ]; then
    stays "the user $NAME, whose processes still run: $(one_line "$busy")"
    stays "  end them: sudo kill $(one_line "$(printf '%s\n' "$busy" | cut -d '(' -f 1)")"
  else
    stays "the $1 $NAME: $(tail -n 1 "$work/error" | plain | cut -c 1-200)"
  fi
}

one_line() { printf '%s\n' "$1" | paste -s -d ' '; }

# processes_of USER: each one's number and name.
processes_of() {
  cat /proc/[0-9]*/status 2>/dev/null | awk -v user="$(id -u "$1")" '
    $1 == "Name:" { name = $2 }
    $1 == "Pid:" { pid = $2 }
    $1 == "Uid:" && ($2 == user || $3 == user || $4 == user) { print pid "(" name ")" }
  ' | plain
}

# keep PATH: from here on, a failure brings back what is at this path now.
keep() {
  # The paths are ours; where the work folder is, TMPDIR says.
  undo_with "restore $1"
  if [ -z "$dry_run" ] && { [ -e "$1" ] || [ -L "$1" ]; }; then
    mkdir -p "$work/kept${1%/*}"
    cp -a "$1" "$work/kept$1"
  fi
}

# restore PATH: bring back what `keep` found, unless somebody has edited the file since.
restore() {
  if [ -e "$work/put$1" ] && [ -e "$1" ] && ! cmp -s "$work/put$1" "$1"; then
    stays "$1, which was edited meanwhile"
    return
  fi
  rm -rf "$1"
  if [ -e "$work/kept$1" ] || [ -L "$work/kept$1" ]; then cp -a "$work/kept$1" "$1"; fi
}

# put FILE PATH MODE GROUP: install a file completely or not at all.
put() {
  keep "$2"
  undo_with "rm -f $2.new"
  run install -o root -g "$4" -m "$3" "$1" "$2.new"
  run mv -f "$2.new" "$2"
  [ -z "$dry_run" ] || return 0
  mkdir -p "$work/put${2%/*}"
  cp "$1" "$work/put$2"
}

install_code() {
  step "Installing the code to $CODE"
  # The old folder is moved, not copied: it comes back even where no space is left.
  run rm -rf "$CODE.new" "$CODE.old"
  undo_with "rm -rf $CODE.new"
  if [ "$dry_run" ]; then
    note "unpack $(zip_files) files of the agent, compile them, give them to root"
  else
    unpack_to "$CODE.new"
    cp "$work/bundle" "$CODE.new/homelab-agent.pyz"
    cp -- "$0" "$CODE.new/install.sh"
    { cat "$CODE/brought" 2>/dev/null || :; new_packages; } | sort -u >"$CODE.new/brought"
    former_packages >"$CODE.new/packages"
  fi
  undo_with "if [ -d $CODE.old ]; then rm -rf $CODE; mv $CODE.old $CODE; fi"
  if [ -d "$CODE" ]; then
    run mv "$CODE" "$CODE.old"
  else
    undo_with "rm -rf $CODE"
  fi
  run mv "$CODE.new" "$CODE"
  step "Installing the command $COMMAND"
  printf '#!/bin/sh\nexec %s -I %s "$@"\n' "$PYTHON" "$CODE" >"$work/command"
  run mkdir -p "${COMMAND%/*}"
  put "$work/command" "$COMMAND" 755 root
}

# former_packages: what an installer before this one noted as its own. It noted whatever
# appeared while its apt ran, so only what it may have brought is believed.
former_packages() {
  [ -f "$CODE/packages" ] || return 0
  # shellcheck disable=SC2086 # a list of words
  printf '%s\n' $FORMER_PACKAGES | grep -Fx -f "$CODE/packages" || :
}

zip_files() { "$PYTHON" -I -m zipfile -l "$work/bundle" 2>/dev/null | grep -c '\.py ' || :; }

# write_config CA-FILE: print the agent's settings.
write_config() {
  printf 'url: "%s"\nserver_id: "%s"\nkey: "%s"\n' "$url" "$server_id" "$key"
  [ -z "$1" ] || printf 'ca_file: "%s"\n' "$1"
  [ -z "$interval" ] || printf 'heartbeat_interval_seconds: %s\n' "$interval"
}

install_settings() {
  step "Writing $CONFIG: root writes it, the group $NAME reads it"
  if [ -z "$dry_run" ] && [ -e "$CONFIG" ] && ! cmp -s "$CONFIG" "$work/config.before"; then
    fail "$CONFIG was edited while this script ran; run it again"
  fi
  # What somebody else has put there meanwhile stays.
  [ -d "$SETTINGS" ] || undo_with "rmdir $SETTINGS"
  run install -d -o root -g root -m 755 "$SETTINGS"
  ca=$old_ca
  if [ "$ca_file" ]; then
    ca=$CA_COPY
    put "$ca_file" "$CA_COPY" 644 root
  fi
  (umask 077 && write_config "$ca" >"$work/config.yaml")
  put "$work/config.yaml" "$CONFIG" 640 "$NAME"
  if [ "$managed" ] && [ ! -e "$ALLOWED" ]; then
    step "Writing $ALLOWED"
    put "$work/allowed.toml" "$ALLOWED" 644 root
  fi
}

install_units() {
  step "Installing the systemd units"
  undo_with "systemctl daemon-reload"
  for unit in $UNIT_FILES; do
    if [ "$dry_run" ]; then
      note "put $unit into $UNITS"
    elif [ -f "$CODE/install/$unit" ]; then
      put "$CODE/install/$unit" "$UNITS/$unit" 644 root
    fi
  done
  run systemctl daemon-reload
}

# helper: the helper's socket, if this agent has one.
helper() {
  if [ "$dry_run" ] || [ -f "$CODE/install/$HELPER_SOCKET" ]; then echo "$HELPER_SOCKET"; fi
}

start() {
  step "Starting the agent, now and whenever this server boots"
  [ -d "$STATE" ] || undo_with "rm -rf $STATE $RUN"
  for unit in $(helper) "$SERVICE"; do
    systemctl is-enabled -q "$unit" 2>/dev/null ||
      undo_with "systemctl disable --now -q $unit"
    run systemctl enable -q "$unit"
    # What runs already is to run from the new files.
    run systemctl restart "$unit"
  done
}

# wait_for_report: until the agent says that its first report was delivered. One that
# does not stay alive is undone; one that only finds no hearing stays and goes on trying.
wait_for_report() {
  step "Waiting for Home Assistant to receive the first report"
  [ -z "$dry_run" ] || return 0
  waited=0
  while [ "$waited" -lt $((PATIENCE * 5)) ]; do
    [ ! -e "$RUN/connected" ] || return 0
    if [ "$waited" -ge 25 ] && [ "$(systemctl is-active "$SERVICE")" != active ]; then
      log_lines >&2
      fail "the agent does not stay alive; see its last words above"
    fi
    sleep 0.2
    waited=$((waited + 1))
  done
  changing=
  rm -rf "$CODE.old"
  say "The agent is installed, but none of its reports has arrived. It goes on trying."
  say "What 'sudo homelab-agent check' says:"
  "$COMMAND" check 2>&1 | plain | sed 's/^/    /' || :
  say "The last lines of its log (journalctl -u $NAME):"
  log_lines
  exit "$FAILED"
}

# The agent's user has written that.
log_lines() {
  journalctl -q -u "$SERVICE" -n 5 -o cat 2>/dev/null | plain | sed 's/^/    /' || :
}

# ------------------------------------------------------------------------- managed mode

write_allowed() {
  cat <<'END'
# What Home Assistant may do on this server. Whatever is not listed here is refused, and
# what is listed needs an approval in Home Assistant. The root helper reads this file
# anew for every request; only root may change it. What comes of it, and why something
# that is listed is refused all the same, says: sudo homelab-agent allowed

# Services and containers that may be restarted, like
# ["nginx.service", "nextcloud (docker)"].
END
  printf 'restart_service = ['
  [ ! -s "$work/watched" ] || { echo && sed 's/.*/  "&",/' "$work/watched"; }
  echo ']'
  cat <<'END'

# Logs that may be cleared: "journal" drops what is older than a week from systemd's
# journal; a file below /var/log, by its full path, is made empty.
clear_logs = ["journal"]

# Scripts that may be run as root, by their full path, like ["/usr/local/sbin/backup"].
# They and all folders above them must belong to root and be writable for root only.
# They get no argument and are ended after four and a half minutes.
custom = []

# Whether Debian's updates may be installed: just those that were approved. Nothing is
# removed, changed settings are kept, and the server does not reboot by it.
apply_updates = true

# Whether the server may be rebooted; that always needs a person.
reboot = false
END
}

# read_watched: what is watched in Home Assistant, one a line. The agent's user writes
# that file, so watched.py trusts nothing in it; nor is its output trusted here.
read_watched() {
  : >"$work/watched"
  [ -e "$WATCHED" ] || return 0
  "$PYTHON" -I -m zipfile -e "$work/bundle" "$work/look" ||
    fail "no space left in ${work%/*}; make some"
  timeout 10 "$PYTHON" -I "$work/look/install/watched.py" "$WATCHED" \
    >"$work/found" 2>"$work/error" </dev/null ||
    note "what is watched in Home Assistant can't be proposed:" \
      "$(tail -n 1 "$work/error" | plain | cut -c 1-200)"
  LC_ALL=C grep -Ex -e "$WATCHED_FORM" "$work/found" | head -n 100 >"$work/watched" || :
}

ask_managed() {
  [ "$managed" ] || return 0
  step "Managed mode: what Home Assistant may do on this server"
  if [ -e "$ALLOWED" ]; then
    note "$ALLOWED is there and stays as it is; what comes of it says:"
    note "sudo homelab-agent allowed"
    return
  fi
  read_watched
  write_allowed >"$work/allowed.toml"
  if [ -s "$work/watched" ]; then
    note "What is watched in Home Assistant is proposed to be restarted. The agent says"
    note "what that is, so read the list before you say yes."
  fi
  note "This would become $ALLOWED; edit it later as root:"
  sed 's/^/    | /' "$work/allowed.toml"
  [ -z "$dry_run" ] || return 0
  (: >/dev/tty) 2>/dev/null ||
    refuse "--managed asks before it does that, and there is no terminal to ask on"
  printf 'Make this file? [y/N] ' >/dev/tty
  read -r answer </dev/tty || answer=
  case $answer in
    y | Y | yes) ;;
    *) refuse "you did not say yes; leave --managed out to install without it" ;;
  esac
}

# ---------------------------------------------------------------------------- two programs

# take_lock: two at a time would undo each other's steps. Only root can write in /run and
# open the file. The lock ends with this process, and the file with the lock.
take_lock() {
  [ -z "$dry_run" ] || return 0
  [ ! -L "$LOCK" ] || refuse "$LOCK is a link; remove it: sudo rm $LOCK"
  umask 077
  while :; do
    exec 9>"$LOCK"
    flock -n 9 || refuse "another install.sh is running here; wait for it to end"
    # The one before has removed its file; a lock on that would keep nobody out.
    [ "$(inode "$LOCK")" != "$(inode /proc/self/fd/9)" ] || break
  done
  umask 022
  locked=yes
}

inode() { stat -L -c %d:%i "$1" 2>/dev/null; }

install_all() {
  key=
  read_key
  look_at_server
  take_lock
  read_config
  [ "$server_id" ] || refuse "--server-id is missing; copy the line from Home Assistant"
  [ "$urls" ] || refuse "--url is missing; copy the line from Home Assistant"
  [ "$key" ] || [ "$dry_run" ] ||
    refuse "no key came on standard input; copy the whole line from Home Assistant"
  fits "$BUNDLE_SHA256" '[0-9a-f]{64}' ||
    refuse "this copy of the script does not come from Home Assistant; copy the line" \
      "from there"
  find_hub
  get_bundle
  ask_managed

  change=yes
  [ -z "$dry_run" ] || change=
  # From `changing` on, a failure undoes what was done.
  if has_packages; then
    step "Debian packages: all there ($PACKAGES)"
    ask_hub
    changing=$change
    keep_packages
  else
    changing=$change
    install_packages
    ask_hub
  fi
  if systemctl is-active -q "$SERVICE"; then undo_with "systemctl restart $SERVICE"; fi
  make_user
  install_code
  install_settings
  install_units
  start
  wait_for_report
  changing=
  run rm -rf "$CODE.old"
  if [ "$dry_run" ]; then
    say "This was a dry run: nothing was changed."
  else
    say "$server_id: this server is now in Home Assistant."
  fi
}

uninstall_all() {
  step "Looking at this server"
  if [ "$(id -u)" != 0 ] && [ -z "$dry_run" ]; then
    refuse "this needs root; run it with sudo"
  fi
  take_lock
  if ! is_here; then
    say "There is no agent here; nothing to remove."
    return
  fi
  cp -- "$0" "$work/install.sh" || fail "no space left in ${work%/*}; make some"
  step "Stopping the agent"
  remove_units
  say_goodbye
  step "Removing its files"
  remove_files
  step "Removing the user $NAME"
  remove_user
  remove_brought
  # Last of all, so that this can be run again from there.
  [ "$left" ] || remove "$CODE"
  [ -z "$left" ] || ask_to_run_again
  if [ "$dry_run" ]; then
    say "This was a dry run: nothing was changed."
    return
  fi
  [ "$left" ] || say "The agent is gone from this server."
  say_what_hub_keeps
  [ -z "$left" ] || exit "$LEFT"
}

# is_here: whether anything is here that install_all makes.
is_here() {
  for path in "$CODE" "$CONFIG" "$ALLOWED" "$STATE" "$UNITS/$SERVICE" "$APT_KEEP"; do
    [ ! -e "$path" ] || return 0
  done
  grep -qs "$CODE" "$COMMAND" || getent passwd "$NAME" | grep -qF ":$COMMENT"
}

remove_units() {
  for unit in $UNIT_FILES; do
    case $unit in
      # Its instances end by themselves: they answer one request each.
      *@.service) ;;
      *)
        [ ! -e "$UNITS/$unit" ] || run systemctl disable --now -q "$unit" || :
        if [ -z "$dry_run" ] && systemctl is-active -q "$unit"; then
          stays "the unit $unit, which does not stop: systemctl status $unit"
          continue
        fi
        ;;
    esac
    remove "$UNITS/$unit" "$UNITS/$unit.d"
  done
  run systemctl daemon-reload || :
  run systemctl reset-failed "$NAME*" 2>/dev/null || :
}

# remove PATH...: go on if that does not work.
remove() { run rm -rf "$@" 2>"$work/error" || stays "$(tail -n 1 "$work/error" | plain)"; }

remove_files() {
  remove "$CODE.new" "$CODE.old" "$STATE" "$RUN" "$APT_KEEP"
  remove "$CONFIG" "$CONFIG.new" "$ALLOWED" "$ALLOWED.new" "$CA_COPY" "$CA_COPY.new"
  if [ -d "$SETTINGS" ]; then
    run rmdir --ignore-fail-on-non-empty "$SETTINGS" || stays "$SETTINGS"
    [ "$dry_run" ] || [ ! -d "$SETTINGS" ] ||
      note "$SETTINGS has files that this script did not make, so it stays"
  fi
  if grep -qs "$CODE" "$COMMAND"; then remove "$COMMAND"; fi
}

remove_brought() {
  # An installer before this one had them marked as wanted by a person.
  former=$(former_packages | grep -vx libyaml-0-2) || former=
  brought=$({ cat "$CODE/brought" 2>/dev/null || :; former_packages; } | sort -u)
  [ "$brought" ] || return 0
  # shellcheck disable=SC2086 # lists of words
  step "Removing the Debian packages that came with it, unless others need them:" $brought
  # shellcheck disable=SC2086
  [ -z "$former" ] || run apt-mark auto $former >/dev/null 2>&1 || :
  # shellcheck disable=SC2086
  run remove_packages $brought || stays "Debian packages:" \
    "$(tail -n 1 "$work/dpkg.log" | plain | cut -c 1-200)"
  [ -z "$dry_run" ] || return 0
  for package in $brought; do
    ! is_installed "$package" || note "$package is wanted or needed by others and stays"
  done
}

ask_to_run_again() {
  mkdir -p "$CODE"
  install -m 644 "$work/install.sh" "$CODE/install.sh" || :
  say "This could not be removed:$left"
  say "Then run this again: sudo sh $CODE/install.sh --uninstall"
}

# say_goodbye: have Home Assistant know, as far as that goes in five seconds; sets $told.
# The last report says "uninstalled on this server", and then the agent is silent.
say_goodbye() {
  [ -r "$CONFIG" ] && [ -x "$COMMAND" ] || return 0
  server_id=$(setting server_id "$ID_FORM") || return 0
  url=$(setting url "$URL_FORM") || return 0
  step "Telling Home Assistant that $server_id no longer reports"
  if [ "$dry_run" ]; then
    note "homelab-agent goodbye"
    return
  fi
  told=0
  timeout 5 "$COMMAND" goodbye >"$work/goodbye" 2>&1 </dev/null || told=$?
  case $told in
    0 | "$REMOVED") ;;
    2) note "it could not be told: this agent is older than this script" ;;
    124) note "it could not be told: it does not answer in time" ;;
    *) note "it could not be told: $(tail -n 1 "$work/goodbye" | plain | cut -c 1-200)" ;;
  esac
}

say_what_hub_keeps() {
  case $told in
    "$REMOVED") say "Home Assistant has removed $server_id already, so all is done." ;;
    0) say "Home Assistant was told; it keeps $server_id until you delete it there:" ;;
    '') say "If Home Assistant still shows this server, delete it there:" ;;
    *) say "Home Assistant does not know; it shows ${server_id:-the server} as" \
      "disconnected until you delete it there:" ;;
  esac
  [ "$told" != "$REMOVED" ] || return 0
  note "Settings > Devices & services > HomelabCmd > ${server_id:-the server} > Delete"
  [ -z "$url" ] || note "${url%/api/webhook/*}/config/integrations/integration/homelabcmd"
}

# safe FOLDER: whether nobody but root can put something else in place of what root makes
# there.
safe() {
  folder=$(cd "$1" 2>/dev/null && pwd -P) || return 1
  while :; do
    case $(stat -c '%u %A' "$folder/") in
      "0 d????????"[tT] | "0 d????-??-?") ;;
      *) return 1 ;;
    esac
    [ "$folder" ] || return 0
    folder=${folder%/*}
  done
}

main() {
  server_id='' urls='' ca_file='' managed='' dry_run='' uninstall=''
  work='' changing='' explained='' undo='' doing=''
  old_ca='' interval='' trusted='' told='' url='' left='' locked=''
  umask 022
  trap finish EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  read_options "$@"
  [ -f "$0" ] || refuse "save this script as a file and run that: sh install.sh ..."
  # After `su`, TMPDIR may be a folder of somebody else.
  if [ "$(id -u)" = 0 ] && ! safe "${TMPDIR:-/tmp}"; then TMPDIR=/tmp; fi
  work=$(mktemp -d) || fail "no folder can be made in ${TMPDIR:-/tmp}; make some space"
  case $work in
    *[!A-Za-z0-9/._@+\ -]*) fail "TMPDIR, $TMPDIR, has odd characters; run: unset TMPDIR" ;;
  esac
  take_ca_file
  if [ "$uninstall" ]; then uninstall_all; else install_all; fi
}

# On the last line, so that half a file does nothing.
main "$@"
