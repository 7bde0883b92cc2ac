# shellcheck shell=bash
# What the scripts share. Source it first: it enters the root of the checkout.
# shellcheck disable=SC2034 # its variables are for the scripts

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit

tools=$root/.tools
venv=$root/.venv
agent_venv=$root/.venv-agent

# uv's own list of certificate authorities does not know a private one of this
# machine or its proxy.
export UV_SYSTEM_CERTS=1

say() { printf '==> %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# usage: print the comment block at the top of the calling script.
usage() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

# apt_install PACKAGE...: install Debian packages, or say what a person has to run.
apt_install() {
  local as_root=() command="apt-get install -y --no-install-recommends $*"
  command -v apt-get >/dev/null || die "no apt-get here; install by hand: $*"
  if [[ $(id -u) != 0 ]]; then
    sudo -n true 2>/dev/null || die "Debian packages are missing. Run: sudo $command"
    as_root=(sudo)
  fi
  say "apt: $*"
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  # The lists of a fresh machine are empty or old, so a first failure is normal.
  # shellcheck disable=SC2086 # the words of the command are meant to split
  "${as_root[@]}" $command >/dev/null 2>&1 ||
    { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" $command -qq; } ||
    die "apt could not install: $*"
}

# find_uv: set $uv, installing it into .tools when the machine has none.
find_uv() {
  uv=$(command -v uv || true)
  [[ -n $uv ]] && return
  uv=$tools/uv/bin/uv
  "$uv" --version >/dev/null 2>&1 && return
  command -v python3 >/dev/null || apt_install python3 python3-venv
  # Debian keeps ensurepip in a package of its own.
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
  say "installing uv into .tools"
  python3 -m venv --clear "$tools/uv"
  "$tools/uv/bin/pip" install --quiet --disable-pip-version-check 'uv>=0.9'
}

# find_python311: set $python311 to a Python 3.11, or to nothing.
find_python311() {
  python311=$("$uv" python find --no-python-downloads --system 3.11 2>/dev/null || true)
  if [[ -x /usr/bin/python3.11 ]]; then
    python311=/usr/bin/python3.11
  fi
}

# make_venv DIRECTORY PYTHON LOCK: a virtual environment that holds exactly the lock.
make_venv() {
  local directory=$1 python=$2 lock=$3 stamp interpreter
  interpreter="$("$python" -VV) $python"
  stamp="$interpreter $(sha256sum <"$lock")"
  mkdir -p "$tools"
  # Two scripts may be started at the same time; the second waits for the first.
  exec {wait_for}>"$tools/lock"
  flock "$wait_for"
  if [[ $(cat "$directory/.stamp" 2>/dev/null) != "$stamp" ]]; then
    say "installing $lock into ${directory##*/}"
    # On the same Python it is updated in place, for something may be running from it.
    [[ $(cat "$directory/.stamp" 2>/dev/null) == "$interpreter"* ]] ||
      "$uv" venv --quiet --clear --no-python-downloads --python "$python" "$directory"
    VIRTUAL_ENV=$directory "$uv" pip sync --quiet --require-hashes "$lock"
    printf '%s\n' "$stamp" >"$directory/.stamp"
  fi
  exec {wait_for}>&-
}
