# `make help` lists the targets. ARGS is handed on: make run ARGS="--model file.gguf".

SHELL := /bin/sh
PYTHON ?= python3
.DEFAULT_GOAL := help
# peers.py installs other programs from the network, so it runs only when it is named.
BENCHMARKS := $(filter-out scripts/bench/make_%.py scripts/bench/_%.py scripts/bench/peers.py,$(wildcard scripts/bench/*.py))

# The environment's own Python answers first, since a launcher such as pyenv's python3 is slow.
EXTRAS =
SETUP = { .venv/bin/python -S scripts/setup.py --current --extras "$(EXTRAS)" 2>/dev/null \
	|| $(PYTHON) scripts/setup.py --extras "$(EXTRAS)"; }

test bench torture: EXTRAS = dev,train
lint format: EXTRAS = dev

.PHONY: help run test lint format bench torture pins

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

run: ## set up what chatting needs (the first time takes minutes) and open SOMA
	@$(SETUP) && exec .venv/bin/soma $(ARGS)

test: ## install everything and run the tests, on all cores
	@$(SETUP) && exec .venv/bin/python -m pytest -n logical --maxprocesses 8 --dist loadfile $(ARGS)

lint: ## ruff, its formatter as a check, mypy
	@$(SETUP)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: ## let ruff put the sources in order
	@$(SETUP)
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: ## run every benchmark; each prints one JSON object
	@$(SETUP)
	@for file in $(BENCHMARKS); do .venv/bin/python "$$file" $(ARGS) || exit 1; done

torture: ## run the tests that take minutes
	@$(SETUP) && exec .venv/bin/python -m pytest -m torture $(ARGS)

pins: ## resolve pyproject.toml anew and write constraints.txt
	@exec .venv/bin/python scripts/pins.py
