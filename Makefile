# Fixaloop from an empty clone, with python3 and make alone. `make help` lists what there is.

PYTHON ?= python3
PORT ?= 8000
DEMO ?= 1
LAN ?=
SIZE ?= 100k
ARGS ?=

# Programs run as modules of the environment's Python: its scripts would break in a folder moved or with spaces.
PY := .venv/bin/python
STATIC := $(or $(VAR_DIR),var)/static/staticfiles.json

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run ready prepare test ready6 test6 check types rest bench site-year cluster house mutations format messages lock sbom audit clean

help:
	@echo "make run                 start Fixaloop on http://127.0.0.1:$(PORT) (PORT=8001; DEMO=0: without invented data; LAN=1: on the network)"
	@echo "make test                every test (ARGS='tests/clients -k merge' for some)"
	@echo "make test6               the tests on Django 6 and SQLite, where Python 3.12 or later is found"
	@echo "make check               lint, format, types, migrations, templates, deploy check"
	@echo "make bench SIZE=100k     the benchmarks, on PostgreSQL (SIZE=1m, 5m)"
	@echo "make site-year           a simulated year at a gate: who is shown inside against who is (ARGS='--days 60')"
	@echo "make cluster             several machines on this one, each part killed while people work"
	@echo "make house               measures of the code (ARGS=FOLDER: of another copy of it)"
	@echo "make mutations           break a copy of the code in one place at a time: a test must see each"
	@echo "make format              put the code in the house format"
	@echo "make messages            collect the texts to translate and compile the English catalogue"
	@echo "make lock                pin and hash again what pyproject.toml asks for"
	@echo "make sbom                what it is made of, as CycloneDX: var/sbom.json"
	@echo "make audit               known weaknesses of what runs in production; asks the network"
	@echo "make clean               throw away the environment and the caches; var/ and its data stay"

# --- the environment -------------------------------------------------------------------------------------------------

.venv/pyvenv.cfg:
	@command -v "$(PYTHON)" >/dev/null || { echo "Fixaloop demande Python 3.11 ou plus récent : '$(PYTHON)' est introuvable."; \
		echo "Fixaloop needs Python 3.11 or later: '$(PYTHON)' was not found."; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Fixaloop demande Python 3.11 ou plus récent. Un autre : make PYTHON=python3.12 ..."; \
		echo "Fixaloop needs Python 3.11 or later; '$(PYTHON)' is $$("$(PYTHON)" -V). Another one: make PYTHON=python3.12 ..."; \
		exit 1; }
	@"$(PYTHON)" -m venv --clear .venv || { rm -rf .venv; \
		echo "Aucun environnement virtuel n'a pu être créé. Sous Debian et Ubuntu : apt install python3-venv"; \
		echo "No virtual environment could be made. On Debian and Ubuntu: apt install python3-venv"; exit 1; }

.venv/demo.stamp: requirements/demo.txt | .venv/pyvenv.cfg
	@echo "Installing what Fixaloop runs on..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/demo.txt || { \
		echo "Les bibliothèques n'ont pas pu être installées : il faut le réseau et de la place sur le disque. Puis : make run"; \
		echo "The libraries could not be installed: it takes the network and room on the disk. Then: make run"; exit 1; }
	@touch $@

.venv/dev.stamp: requirements/dev.txt | .venv/pyvenv.cfg
	@echo "Installing what Fixaloop is developed with..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch .venv/demo.stamp $@

# The folders are named too: their dates tell that a file left.
$(STATIC): .venv/demo.stamp $(shell find static 2>/dev/null)
	@echo "Collecting static files..."
	@$(PY) manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@

# --- run -------------------------------------------------------------------------------------------------------------

# No .env file of honcho's: all programs read `settings.env` in the data folder by themselves.
run: export PORT := $(PORT)
run: export LAN := $(LAN)
run: ready prepare
	@echo; echo "Fixaloop: http://127.0.0.1:$(PORT) (Ctrl-C ends it)"
	@[ -z "$(filter-out 0,$(LAN))" ] || $(PY) -m fixaloop.network $(PORT)
	@exec env PATH="$(CURDIR)/.venv/bin:$$PATH" PYTHONUNBUFFERED=1 $(PY) -m fixaloop.running $(PORT)

ready: .venv/demo.stamp
	@$(PY) -m fixaloop.preflight 10

prepare: .venv/demo.stamp $(STATIC)
	@$(PY) manage.py upgrade
ifeq ($(DEMO),0)
	@$(PY) manage.py demo --never
	@$(PY) manage.py shell --verbosity 0 --command \
		'from django.contrib.auth.models import User; raise SystemExit(0 if User.objects.exists() else 3)'; \
	case $$? in \
	0) ;; \
	3) if [ -t 0 ]; then echo "The first administrator:"; $(PY) manage.py createsuperuser; \
	   elif [ -n "$$DJANGO_SUPERUSER_USERNAME" ]; then $(PY) manage.py createsuperuser --noinput; \
	   else echo "Nobody can sign in yet. In a terminal: $(PY) manage.py createsuperuser"; fi ;; \
	*) exit 1 ;; \
	esac
else
	@$(PY) manage.py demo || echo "Starting without demonstration data."
endif

# --- work on it ------------------------------------------------------------------------------------------------------

test: .venv/dev.stamp
	@$(PY) -m tests.run $(ARGS)

# Django 6 needs Python 3.12 or later. It stands in for Django 5.2 among the same packages.
PYTHON6 ?= $(lastword $(wildcard /usr/bin/python3.1[2-9] /usr/local/bin/python3.1[2-9] $(HOME)/.pyenv/versions/3.1[2-9].*/bin/python3))
PY6 := var/django6/bin/python

# Its environment alone: `.ci/run` makes it while the other one is checked.
ready6: $(if $(PYTHON6),var/django6/stamp)

test6: ready6
ifeq ($(PYTHON6),)
	@echo "Left out: Django 6, which needs Python 3.12 or later (PYTHON6=...)"
else
	@VAR_DIR=var/django6 $(PY6) -m pytest -m "not browser" -n auto --dist worksteal $(ARGS)
endif

var/django6/stamp: requirements/dev.txt requirements/django6.txt
	@echo "Installing Django 6..."
	@mkdir -p var
	@"$(PYTHON6)" -m venv --clear var/django6
	@$(PY6) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(PY6) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/django6.txt
	@touch $@

check: export SECRET_KEY = only-for-the-deploy-check-0123456789-abcdefghijklmnopqrstuvwxyz
check: export ALLOWED_HOSTS = fixaloop.example
check: export HTTPS = 1
check: export HSTS_SUBDOMAINS = 1
check: export HSTS_PRELOAD = 1
check: .venv/dev.stamp $(STATIC)
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target types rest

# The longest of the checks, beside all others.
types: .venv/dev.stamp
	$(PY) -m mypy

rest: .venv/dev.stamp $(STATIC)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) -m djlint templates --lint --quiet
	$(PY) manage.py check --deploy --fail-level WARNING

bench: .venv/dev.stamp
	@$(PY) -m tests.bench --size $(SIZE) $(ARGS)

site-year: .venv/dev.stamp
	@$(PY) -m tests.site_year $(ARGS)

cluster: .venv/dev.stamp
	@$(PY) -m tests.cluster $(ARGS)

house: .venv/dev.stamp
	@$(PY) -m tests.house.measures $(ARGS)

mutations: .venv/dev.stamp
	@$(PY) -m tests.house.mutations $(ARGS)

format: .venv/dev.stamp
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

messages: .venv/dev.stamp
	@command -v msgfmt >/dev/null || { echo "make messages needs GNU gettext (Debian: apt install gettext)"; exit 1; }
	$(PY) manage.py makemessages --locale en --no-obsolete --no-wrap --no-location --ignore .venv --ignore var --ignore tests
	$(PY) manage.py compilemessages --locale en --ignore .venv --ignore var

# Universal: one file for every system and Python from 3.11 on. No index address: pip asks the one it is set up with.
LOCK = $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml
lock: .venv/pyvenv.cfg
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	$(LOCK) --output-file requirements/base.txt
	$(LOCK) --constraint requirements/base.txt --extra demo --output-file requirements/demo.txt
	$(LOCK) --constraint requirements/demo.txt --extra demo --extra dev --output-file requirements/dev.txt

# What runs in production, with the hashes it is installed by.
sbom: .venv/dev.stamp
	@mkdir -p var
	@$(PY) -m cyclonedx_py requirements --pyproject pyproject.toml --output-reproducible --output-file var/sbom.json requirements/base.txt
	@echo "var/sbom.json"

# Strict: a package that could not be asked about is no good news.
audit: .venv/dev.stamp
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(PY) -m uv tool run --quiet pip-audit==2.10.1 --strict --disable-pip --require-hashes --requirement requirements/base.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis var/static
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
