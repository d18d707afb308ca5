# `make demo` and `make test` each work as the very first command after cloning: they make .venv,
# install what is missing and run. See CONTRIBUTING.md.

SHELL := /bin/bash
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
ENVIRONMENT := pyproject.toml constraints.txt scripts/create_environment.sh

# What Qt and OpenGL need to open a window, by Debian's names.
QT_LIBRARIES := libegl1 libgl1 libopengl0 libdbus-1-3 libfontconfig1 libglib2.0-0 \
  libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 \
  libxcb-render-util0 libxcb-shape0 libxcb-xinerama0
# A screen in memory, for machines without one.
XVFB := xvfb xauth libgl1-mesa-dri
HAS_SCREEN := $(DISPLAY)$(WAYLAND_DISPLAY)
SYSTEM_PACKAGES := $(QT_LIBRARIES) $(if $(HAS_SCREEN),,$(XVFB))
# Expanded when a recipe runs, hence after xvfb has been installed.
WITH_SCREEN = $(if $(HAS_SCREEN),,$(shell command -v xvfb-run >/dev/null && echo xvfb-run -a))

# A file's tests stay together, for what they share, and files in their order: windows come last.
WORKERS := 2
IN_PROCESSES = -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help demo test lint format types pytest slow wheel check-wheel screenshots bench bench-accuracy constraints \
  system-packages clean

help:
	@echo "make demo         train on two painted sections of a synthetic survey, in the window"
	@echo "make test         everything that must hold: lint, types, tests, wheel"
	@echo "make lint         ruff: formatting and style     make format   mend what it can"
	@echo "make types        mypy"
	@echo "make pytest       the tests, in two processes; ARGS='-k segy' chooses, WORKERS=0 takes one"
	@echo "make slow         the tests that take longer"
	@echo "make wheel        dist/*.whl                     make check-wheel   install and try it"
	@echo "make screenshots  the documentation's pictures"
	@echo "make bench        all benchmarks in one table; ARGS='--quick', ARGS='--only window'"
	@echo "make bench-accuracy   seconds until a mean IoU on real data; ARGS='--seeds 0,1'"
	@echo "make constraints  newest versions allowed        make clean    remove what was made"

demo: $(STAMPS)/demo system-packages
	$(BIN)/napari-s6 demo

test: lint types pytest check-wheel

lint: $(STAMPS)/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(STAMPS)/test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMPS)/test
	$(BIN)/mypy

pytest: $(STAMPS)/test system-packages
	$(WITH_SCREEN) $(BIN)/python -m pytest $(IN_PROCESSES) -m "not slow" $(ARGS)

slow: $(STAMPS)/test system-packages
	$(WITH_SCREEN) $(BIN)/python -m pytest -m slow $(ARGS)

wheel: $(STAMPS)/test
	rm -rf dist
	scripts/uv.sh build --quiet --wheel --build-constraints constraints.txt --out-dir dist

check-wheel: wheel
	scripts/check_wheel.sh

screenshots: $(STAMPS)/test system-packages
	$(WITH_SCREEN) $(BIN)/python docs/make_screenshots.py

bench: $(STAMPS)/test system-packages
	$(WITH_SCREEN) $(BIN)/python -m benchmarks $(ARGS)

bench-accuracy: $(STAMPS)/test
	$(BIN)/python -m benchmarks.accuracy $(ARGS)

constraints: $(STAMPS)/test
	scripts/update_constraints.sh

$(STAMPS)/demo: $(ENVIRONMENT)
	scripts/create_environment.sh all
	@mkdir -p $(@D) && touch $@

$(STAMPS)/test: $(ENVIRONMENT)
	scripts/create_environment.sh all,dev
	@mkdir -p $(@D) && touch $@ $(STAMPS)/demo

# Where they can't be installed the script says which are missing; what needs no window still runs.
system-packages:
	@scripts/install_system_packages.sh $(SYSTEM_PACKAGES) || true

clean:
	rm -rf $(VENV) build dist demo-output .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
