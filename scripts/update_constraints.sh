#!/usr/bin/env bash
# Write constraints.txt anew: the newest versions that pyproject.toml allows, for every supported
# Python and system, with the tools that build and install.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

trap 'rm -f constraints.txt.new' EXIT
{
  echo "# Versions the tests were last run with. Made by \`make constraints\`; do not edit."
  printf '%s\n' hatchling uv | scripts/uv.sh pip compile pyproject.toml - \
    --quiet --upgrade --universal --python-version 3.11 --all-extras \
    --no-annotate --no-header --no-emit-package napari-s6
} >constraints.txt.new
mv constraints.txt.new constraints.txt
