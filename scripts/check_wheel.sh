#!/usr/bin/env bash
# Install the built wheel into an environment of its own and try it there.
#
# The environment holds what a user's `pip install "napari-s6[all]"` would: nothing of the checkout, no
# test tools. uv links the packages from its cache, so it is made anew each time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

clean=build/wheel-environment
wheels=(dist/napari_s6-*.whl)
[[ ${#wheels[@]} -eq 1 && -f ${wheels[0]} ]] || {
  echo "check_wheel: expected one wheel in dist/, found: ${wheels[*]}" >&2
  exit 1
}

echo "Installing ${wheels[0]} into a clean environment"
scripts/uv.sh venv --quiet --clear --python .venv/bin/python "$clean"
scripts/uv.sh pip install --quiet --python "$clean/bin/python" --constraint constraints.txt \
  "${wheels[0]}[all]"
"$clean/bin/python" -I scripts/check_manifest.py
(cd "$clean" && bin/napari-s6 --help >/dev/null)
echo "napari-s6 --help runs from the wheel"
# The dependencies are large and linked from the cache, so nothing is worth keeping.
rm -rf "$clean"
