# What one can do here. Each target makes the machine ready for itself first; when it is ready, that takes no time.

.PHONY: help demo test check format bench faults long fuzz lock install uninstall clean
.DEFAULT_GOAL := help

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: ## a whole small shop at work on real wires, until Ctrl-C (DEMO_SECONDS=30: unattended, then compares every count)
	@.ci/set-up demo
	@.venv/bin/storebox demo

test: ## every test, in three minutes on two cores (COVERAGE=1: and hold the coverage that is promised)
	@.ci/set-up test
	@.ci/test $(if $(COVERAGE),--coverage)

check: ## format, lint, types, layering, then the tests and the coverage that is promised
	@.ci/set-up test
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy
	.venv/bin/lint-imports
	@.ci/test --coverage

format: ## put the code into its format
	@.ci/set-up test
	.venv/bin/ruff format
	.venv/bin/ruff check --fix

bench: ## measure what the README states (WHAT="journal page": only these)
	@.ci/set-up test
	@.ci/bench $(WHAT)

faults: ## the long fault runs: kills, full disks, broken lines
	@.ci/set-up test
	@.venv/bin/pytest -m faults

long: ## the shop against its account in 2000 made-up weeks, and a whole simulated day
	@.ci/set-up test
	@STOREBOX_EXAMPLES=2000 .venv/bin/pytest --numprocesses 0 --timeout 3600 tests/shop/test_shop_at_work.py
	@.venv/bin/storebox sim day --speed 200

fuzz: ## a million made-up inputs for every parser (SECONDS=5: so long each; NAME="mt_sics nci": only these)
	@.ci/set-up test
	@PYTHONPATH=. .venv/bin/python -m tests.fuzz.run $(if $(SECONDS),--seconds $(SECONDS),--runs 1000000) $(NAME)

lock: ## write both locks anew, with the newest versions that pyproject.toml allows
	@.ci/lock

install: ## put storebox on this machine as a service (sudo; again: upgrade)
	@systemd/install

uninstall: ## take the service off this machine, keep its settings and its journal (PURGE=1: those too)
	@systemd/uninstall

clean: ## remove what was made here: .venv, caches
	rm -rf .venv .cache .coverage .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build storebox.egg-info
