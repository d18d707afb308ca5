#!/usr/bin/env bash
# Install the Debian packages named on the command line, as far as they are missing.
#
#   scripts/install_system_packages.sh PACKAGE...
#
# Needs root or passwordless sudo. Otherwise says what to install and ends with 1.
# On systems without dpkg nothing can be checked by name: it says nothing and ends with 0.
set -euo pipefail

command -v dpkg-query >/dev/null || exit 0

missing=()
for package in "$@"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package:*" 2>/dev/null ||
           dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == *installed* && $status != *not-installed* ]] || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

if [[ $(id -u) -eq 0 ]]; then
  as_root=(env)
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root=(sudo -n env)
else
  echo "System packages are missing, and installing them needs an administrator:" >&2
  echo "    sudo apt-get install ${missing[*]}" >&2
  exit 1
fi

echo "Installing system packages: ${missing[*]}"
apt=("${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
"${apt[@]}" update || echo "apt-get update failed; trying with the package lists at hand" >&2
if ! "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" </dev/null >/dev/null; then
  echo "These system packages could not be installed; please install them:" >&2
  echo "    apt-get install ${missing[*]}" >&2
  exit 1
fi
