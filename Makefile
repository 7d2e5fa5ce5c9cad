# Xiangyou: everything that a developer types. `make` alone explains itself.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := .tools/uv/bin/uv
# What `uv pip compile` writes on top of its files.
export UV_CUSTOM_COMPILE_COMMAND := make lock
COMPILE := $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-print-directory


##@ Run it

.PHONY: run
run: $(VENV)/.local ## start everything and stay; ready at http://127.0.0.1:8080 (Ctrl-C stops)
	@exec $(BIN)/python -m deploy.local up --with-parent

.PHONY: status
status: $(VENV)/.local ## show the processes of the running stack, and their memory
	@$(BIN)/python -m deploy.local status || true

.PHONY: stop
stop: $(VENV)/.local ## stop the stack from another terminal
	@$(BIN)/python -m deploy.local down

.PHONY: verify
verify: $(VENV)/.local ## look whether the running stack keeps its promises: seats, money, tickets, events
	@$(BIN)/python -m deploy.verify

.PHONY: demo-journey
demo-journey: $(VENV)/.local ## book, check in and count once, over HTTP, against the running stack
	@$(BIN)/python -m deploy.local.demo.journey


##@ Test it

.PHONY: test
test: $(VENV)/.development browser ## all tests, on the embedded database and broker
	@$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m "not browser and not chaos and not kafka and not apache and not s3"
	@$(PYTEST) -m "(browser or chaos or kafka) and not apache and not s3"

.PHONY: test-unit
test-unit: $(VENV)/.development ## the quick ones: no stack, no browser, no broker, no killing
	@$(PYTEST) -m "not stack and not browser and not chaos and not kafka and not apache and not s3 and not fuzz"

.PHONY: test-kafka
test-kafka: $(VENV)/.development ## the tests of messaging on Apache Kafka (needs Java 17 and Maven)
	@BROKER=apache $(PYTEST) -m "kafka or apache"

.PHONY: test-fuzz
test-fuzz: $(VENV)/.development ## requests made of the documents of accounts and venues; takes minutes
	@$(PYTEST) -m "fuzz"

.PHONY: test-s3
test-s3: $(VENV)/.development ## the tests of files on an S3-compatible store (needs Java 17 and Maven)
	@$(PYTEST) -m "s3"

.PHONY: bench
bench: $(VENV)/.development ## measure beside pgbench, and write docs/performance.md (needs a quiet machine)
	@$(BIN)/python -m bench

.PHONY: browser
browser:
	@sh deploy/local/ensure_browser.sh


##@ Check it

.PHONY: check
check: lint types imports generated events ## all that needs no running stack

.PHONY: lint
lint: $(VENV)/.development ## style, and formatting
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

.PHONY: types
types: $(VENV)/.development ## static types
	@$(BIN)/mypy

.PHONY: imports
imports: $(VENV)/.development ## the walls between services, slices and layers
	@$(BIN)/lint-imports

.PHONY: generated
generated: $(VENV)/.development ## whether all generated files are up to date
	@$(BIN)/python -m deploy.generate --check

.PHONY: events
events: ## whether AsyncAPI's own parser accepts the document of all events (needs Node.js 20)
	@command -v npm >/dev/null || { echo "make events needs Node.js 20 with npm" >&2; exit 1; }
	@cd tests/contract/asyncapi && npm ci --ignore-scripts --silent && npm run --silent validate


##@ Change it

.PHONY: generate
generate: $(VENV)/.development ## make the generated files anew: API and event documents, snapshot, settings
	@$(BIN)/python -m deploy.generate

.PHONY: format
format: $(VENV)/.development ## format the code, and repair what can be repaired
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

.PHONY: lock
lock: $(UV) ## resolve the dependencies anew, with hashes for all platforms
	@$(COMPILE) -o requirements/runtime.txt
	@$(COMPILE) --group local -c requirements/runtime.txt -o requirements/local.txt
	@$(COMPILE) --group development -c requirements/runtime.txt -o requirements/development.txt

.PHONY: help
help: ## this page
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n\033[1m%s\033[0m\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@printf '\n%s\n' 'make run takes SEED=0 (empty district), PORT_OFFSET=100, DATA_DIR=folder, BROKER=apache.'
	@printf '%s\n\n' 'PYTHON=python3.12 chooses the Python of the virtual environment.'


# The tools. Each is a file that its inputs make stale, so a second run starts at once.

$(UV): requirements/bootstrap.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Xiangyou needs Python 3.11 or newer, and $(PYTHON) is not: name one, as in make run PYTHON=python3.12" >&2; \
		exit 1; }
	@echo "preparing the tools (once)"
	@"$(PYTHON)" -m venv --clear .tools/uv
	@.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

$(BIN)/python: | $(UV)
	@$(UV) venv --quiet --no-python-downloads --python .tools/uv/bin/python $(VENV)

# The development packages are those of the local stack and more: once there, they stay.
$(VENV)/.local: requirements/local.txt | $(BIN)/python $(UV)
	@echo "installing the packages of the stack"
	@if [ -e $(VENV)/.development ]; then set -- development; else set -- local; fi; \
		$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/$$1.txt
	@touch $@

$(VENV)/.development: requirements/development.txt | $(BIN)/python $(UV)
	@echo "installing the packages for development"
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/development.txt
	@touch $@ $(VENV)/.local
