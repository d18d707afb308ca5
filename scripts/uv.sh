#!/usr/bin/env bash
# .venv's uv, trusting the system's certificates.
#
# uv brings a list of its own; behind a company's proxy only the system's list is complete. Where
# the system has none (a bare Debian without ca-certificates) uv's own is used.
set -euo pipefail

system_list=/etc/ssl/certs/ca-certificates.crt
if [[ -z ${SSL_CERT_FILE:-} && -r $system_list ]]; then
  export SSL_CERT_FILE=$system_list
fi
exec "$(dirname "${BASH_SOURCE[0]}")/../.venv/bin/uv" "$@"
