# `make demo` and `make test` set up everything they need, in .venv and nowhere else.
.DELETE_ON_ERROR:
PYTHON ?= python3
BIN := .venv/bin
APT := apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check
.PHONY: demo test check lock docs browsers translations screenshots bench bench-wait bench-admin bench-hooks bench-recordings


demo: .venv/.run
	$(BIN)/lti-elos demo $(DEMO)

# Checks, then everything else: units and flows on both databases, wheel, journeys in browsers. Half of the time tests wait
# for browsers and other processes: hence more of them than cores.
test: check browsers
	$(BIN)/python -m pytest -q -n $(or $(JOBS),$(shell expr 3 '*' `nproc` / 2)) --dist worksteal

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: .venv/.dev
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group build -o configs/requirements.lock $(LOCK) pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev -c configs/requirements.lock -o configs/dev.lock $(LOCK) pyproject.toml

# Everything that is generated from code: configs/default.toml, docs/errors.md, docs/setup.
docs: .venv/.dev
	$(BIN)/python -m tools.make_docs

# CPU of a launch beside pylti1p3's; a class that waits; the operators' pages over much and over little. Options: make bench BENCH="--rounds 9" (docs/performance.md).
bench: .venv/.dev
	$(BIN)/python -m bench.launch $(BENCH)
bench-wait: .venv/.dev
	$(BIN)/python -m bench.wait $(BENCH)
bench-admin: .venv/.dev
	$(BIN)/python -m bench.desk $(BENCH)
bench-hooks: .venv/.dev
	$(BIN)/python -m bench.hooks $(BENCH)
bench-recordings: .venv/.dev
	$(BIN)/python -m bench.recordings $(BENCH)

# After new sentences: collect, merge, compile. After changed pages: the pictures of the README.
translations: .venv/.dev
	tools/translations.sh
screenshots: .venv/.dev browsers
	$(BIN)/python -m tools.screenshots

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { [ "$$(id -u)" = 0 ] && $(APT) python3-venv >/dev/null && $(PYTHON) -c 'import ensurepip'; } || { echo "Python cannot make virtual environments here. Run: apt-get install -y python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.run: configs/requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r configs/requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: configs/dev.lock .venv/.run
	$(PIP) --require-hashes -r configs/dev.lock
	touch $@

# Browsers come from apt where they are missing and root allows; else their tests skip with a loud line (and fail with
# CI=true, which tests/journeys/conftest.py sees to). They start their own Xvfb, without xvfb-run.
BROWSERS := chromium:chromium WebKitWebDriver:webkit2gtk-driver Xvfb:xvfb
browsers:
	@missing=$$(for p in $(BROWSERS); do command -v $${p%%:*} >/dev/null || echo $${p#*:}; done); \
	[ -z "$$missing" ] && exit 0; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then $(APT) $$missing fonts-noto-color-emoji >/dev/null; \
	else echo "BROWSER TESTS WILL BE SKIPPED. They need: apt-get install -y --no-install-recommends" $$missing >&2; fi
