# Every target is idempotent. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
UV := .local/bin/uv
RUN := $(UV) run --frozen
.PHONY: help up demo test drill check generate mutate bench bench-feed bench-operator bench-scaling release down

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1	/' | expand -t 18

$(UV): pyproject.toml uv.lock
	@python3 -m venv .local/bootstrap
	@.local/bootstrap/bin/pip install --quiet --disable-pip-version-check uv==0.13.8
	@mkdir -p .local/bin && ln -sf ../bootstrap/bin/uv $(UV) && touch -h $(UV)

.venv/.synced: $(UV) pyproject.toml uv.lock $(wildcard */pyproject.toml)
	@$(UV) sync --frozen --quiet && touch $@

up: .venv/.synced ## create a working platform from nothing; with TRANSPORT=tls, its engines use TLS
	@$(RUN) python -m hack up --transport $(or $(TRANSPORT),plain)

check: .venv/.synced ## lint, types and unit tests; two to five minutes warm
	@$(RUN) python -m hack check

test: .venv/.synced ## everything that CI runs
	@$(RUN) python -m hack test

demo: .venv/.synced ## play a story on the running platform
	@$(RUN) python -m hack demo

generate: .venv/.synced ## rewrite the generated files
	@$(RUN) python -m hack generate

drill: .venv/.synced ## what takes hours: end-to-end tests over TLS, every fault under load, long searches
	@$(RUN) python -m hack drill

mutate: .venv/.synced ## mutants of the pure cores: at least 85 % must be killed by the unit tests; about half an hour
	@$(UV) run --frozen --group mutate python -m hack mutate

bench: bench-feed bench-operator bench-scaling ## all benchmarks

bench-feed: .venv/.synced ## compare the feed engine with its peers, on the running platform
	@$(RUN) python -m bench feed $(BENCH)

bench-operator: .venv/.synced ## measure the operator with 1, 100 and 500 platforms, on the running cluster
	@$(RUN) python -m bench operator $(BENCH)

bench-scaling: .venv/.synced ## compare the scaler with KEDA and an HPA, on simulated time
	@$(RUN) python -m bench scaling $(BENCH)

release: .venv/.synced ## write charts, images, SBOM, checksums and notes to dist/<version>; RELEASE=--snapshot from any state
	@$(RUN) python -m hack release $(RELEASE)

down: .venv/.synced ## remove everything that make up added
	@$(RUN) python -m hack down
