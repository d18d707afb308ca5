#!/usr/bin/env bash
# Create .venv with any Python >= 3.11 and install the project in it, editable.
#
#   scripts/create_environment.sh EXTRA[,EXTRA...]
#
# The versions come from constraints.txt. PYTHON names the interpreter to use (default: the first
# of python3, python3.13, 3.12, 3.11 that is new enough). Also works where Python comes without ensurepip,
# as on Debian without python3-venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

extras=$1
venv=.venv
constraints=constraints.txt

fail() {
  echo "create_environment: $*" >&2
  exit 1
}

is_new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if is_new_enough "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  fail "no Python >= 3.11 found (tried ${PYTHON:-python3 python3.13 python3.12 python3.11})." \
    "Install one or name it: make PYTHON=/path/to/python3.12"
}

has_module() {
  "$1" -c "import $2" 2>/dev/null
}

# A venv without ensurepip is empty: a pip or a uv from elsewhere can still fill it.
can_fill_empty_venv() {
  command -v uv >/dev/null || "$1" -m pip --help 2>/dev/null | grep -e '--python ' >/dev/null
}

create_venv() {
  local python
  python=$(find_python)
  rm -rf "$venv"
  echo "Creating $venv with $("$python" --version) ($(command -v "$python"))"
  if has_module "$python" ensurepip; then
    "$python" -m venv "$venv"
  elif can_fill_empty_venv "$python"; then
    "$python" -m venv --without-pip "$venv"
  elif scripts/install_system_packages.sh "$(venv_package "$python")" &&
    has_module "$python" ensurepip; then
    "$python" -m venv "$venv"
  else
    fail "$python has neither ensurepip nor pip. Install them" \
      "(Debian: apt-get install $(venv_package "$python")) and run make again."
  fi
  base_python=$python
}

# Debian splits ensurepip off into one package for each Python version.
venv_package() {
  "$1" -c 'import sys; print("python{}.{}-venv".format(*sys.version_info))'
}

install_uv() {
  if has_module "$venv/bin/python" pip; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
      --constraint "$constraints" uv
  elif command -v uv >/dev/null; then
    uv pip install --quiet --python "$venv/bin/python" --constraint "$constraints" uv
  else
    "${base_python:-$(find_python)}" -m pip --python "$venv/bin/python" install --quiet \
      --disable-pip-version-check --constraint "$constraints" uv
  fi
}

is_new_enough "$venv/bin/python" || create_venv
[[ -x $venv/bin/uv ]] || install_uv

echo "Installing napari-s6[$extras] into $venv"
scripts/uv.sh pip install --quiet --python "$venv/bin/python" \
  --constraint "$constraints" --build-constraint "$constraints" --editable ".[$extras]"
