# Two commands: `make run` and `make test`. They need python3 (3.11 or later, with venv) and make.
# Variables: PYTHON (which python3), PORT, DATA_DIR, DATABASE_URL, CELERY_BROKER_URL, DEMO, ARGS, WORKERS.

PYTHON ?= python3
PY = .venv/bin/python
BOOTSTRAP = $(PYTHON) leadcrm/quickstart/bootstrap.py
SERVICES = $(PY) -m leadcrm.quickstart --with-parent
# All tests run in a process for each core; a few start sooner in one.
WORKERS ?= $(if $(ARGS),0,auto)
# What an installation would set, for the checks that look at it.
PRODUCTION = DEBUG=0 PUBLIC_URL=https://leads.example.com ALLOWED_HOSTS=leads.example.com TRUSTED_PROXIES=1 \
	SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(60))')" \
	EVIDENCE_KEYS="k1:$$($(PY) -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')" \
	LOOKUP_KEY="$$($(PY) -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')"

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench lock clean distclean python3 venv venv-dev

help: ## this list
	@echo "leadcrm: make TARGET [VARIABLE=value ...]"
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '%-14s %s\n' "$$name" "$$text"; done
	@echo
	@echo "  PORT=8000         the web port (unset: the first free one from 8000 on)"
	@echo "  DATA_DIR=var      the folder with all that an instance keeps; a second one runs beside the first"
	@echo "  DATABASE_URL=...  a PostgreSQL (15 to 18) of yours instead of the one that comes along"
	@echo "  CELERY_BROKER_URL=...  a Redis, Valkey or RabbitMQ of yours instead"
	@echo "  DEMO=0            no demo data (DEMO=1: also into a database named by DATABASE_URL)"
	@echo "  ARGS='-k caps'    passed on by test and bench"
	@echo "  WORKERS=4         in how many processes test runs (unset: one for each core; with ARGS in one)"
	@echo "  PYTHON=python3.12 the Python to build .venv with"

run: venv ## the product at http://localhost:8000, with its own PostgreSQL and broker; Ctrl-C stops it
	@exec $(SERVICES) run

test: venv-dev ## the tests, on a PostgreSQL and a broker started for them and thrown away
	@exec $(SERVICES) exec -- $(PY) -m pytest -n $(WORKERS) --maxprocesses 8 $(ARGS)

lint: venv-dev ## ruff, mypy, import contracts, templates, deployment checks, migrations in step
	@status=0; try() { echo "--- $$*" | cut -c1-100; "$$@" || status=1; }; \
	try .venv/bin/ruff check .; \
	try .venv/bin/ruff format --check .; \
	try .venv/bin/mypy; \
	try .venv/bin/lint-imports; \
	try .venv/bin/djlint templates --lint --quiet; \
	try env $(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING; \
	try env $(PRODUCTION) $(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run; \
	exit $$status

format: venv-dev ## let ruff sort imports and format the code
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

bench: venv-dev ## the benchmarks, on a PostgreSQL with its safety on
	@exec $(SERVICES) exec --durable -- $(PY) -m benchmarks $(ARGS)

lock: venv-dev ## bring the locks in step with requirements/*.in (UPGRADE=--upgrade for newer versions)
	@test -x .venv/bin/uv || $(PY) -m pip install --quiet uv
	@compile="pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet $(UPGRADE)"; \
	.venv/bin/uv $$compile requirements/base.in -o requirements.txt && \
	.venv/bin/uv $$compile requirements/dev.in -o requirements/dev.txt

clean: ## remove caches and collected files (never DATA_DIR)
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles
	find . -path ./.venv -prune -o -name __pycache__ -type d -print | xargs rm -rf

distclean: clean ## clean, and the virtual environment
	rm -rf .venv

python3:
	@command -v $(PYTHON) >/dev/null || { \
		echo "No '$(PYTHON)' here. Install Python 3.11 or later (Debian: apt-get install python3 python3-venv)," \
		"or name one: make run PYTHON=/usr/local/bin/python3.12" >&2; exit 1; }

venv: python3
	@$(BOOTSTRAP) requirements.txt

venv-dev: python3
	@$(BOOTSTRAP) requirements/dev.txt
