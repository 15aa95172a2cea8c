# Linkspan: setup, demo, test, check. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup ready demo demo-reset test test-sqlite test-postgres drill drill-sqlite drill-postgres check lock journey

BIN := .venv/bin
# A file of tests stays in one process: journeys build on each other. The longest begin first (conftest.py).
WORKERS := -n auto --dist loadfile --no-loadscope-reorder
# What plays the whole story once more.
ELSEWHERE := --ignore tests/outcomes/test_tuition.py \
	--deselect tests/accounts/test_who_may_know.py::test_who_reads_of_the_learner_of_the_story

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: ## make .venv, install the locked packages, the npm packages and the static assets
	@bash setup/run

ready:
	@bash setup/run --if-needed

demo: ready ## the whole story on 127.0.0.1:8000, with one sign-in link for each person in it
	@$(BIN)/linkspan demo

demo-reset: ready ## start the demo's world over
	@$(BIN)/linkspan demo --reset --no-serve

journey: ready ## play the story headless
	@$(BIN)/linkspan journey --out out

test: test-sqlite test-postgres ## the suite on SQLite, then what touches the database again on PostgreSQL

test-sqlite: ready ## the suite on SQLite
	@$(BIN)/pytest $(WORKERS) -m 'not drill'

test-postgres: ready ## what touches the database, on a real PostgreSQL server of its own
	@$(BIN)/python -m tests.postgres $(WORKERS) -m 'not browser and not acceptance and not drill and not servers' $(ELSEWHERE)

drill: drill-sqlite drill-postgres ## kills, two servers, large rounds, long limits, every example of the property tests

drill-sqlite: ready
	@LINKSPAN_DRILL=1 $(BIN)/pytest $(WORKERS) -m 'drill or thorough'

drill-postgres: ready
	@LINKSPAN_DRILL=1 $(BIN)/python -m tests.postgres $(WORKERS) -m 'drill or servers or thorough'

check: ready ## style of sources and pages, types, import contracts, licences; under a minute
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q src tests
	@$(BIN)/djlint src/linkspan/web/templates --lint --quiet
	@$(BIN)/lint-imports --no-cache > .lint.out 2>&1 || (cat .lint.out; exit 1)
	@$(BIN)/mypy src/linkspan
	@$(BIN)/pytest -q tests/site/test_ceilings.py tests/site/test_closed_verbs.py
	@$(BIN)/linkspan --help > /dev/null
	@$(BIN)/python setup/packages.py

lock: ## resolve requirements/*.in anew
	@bash setup/lock

.PHONY: docs fmt shell migrations messages dev coverage wheels setup-server

wheels: ready ## the wheels linkspan and linkspan-vc into build/wheels
	@$(BIN)/python -m hatchling build -t wheel -d build/wheels
	@cd setup/linkspan-vc && ../../$(BIN)/python -m hatchling build -t wheel -d ../../build/wheels

docs: ready ## build the documentation into build/docs; a warning or a broken link is an error
	@$(BIN)/sphinx-build -q -W --keep-going -n docs build/docs
	@echo "documentation: build/docs/index.html"

fmt: ready ## mend what the style check can mend, and format the sources
	@$(BIN)/ruff check -q --fix-only .
	@$(BIN)/ruff format -q src tests docs setup benchmarks

shell: ready ## a Python prompt with the models, on the database of LINKSPAN_HOME (the demo's by default)
	@LINKSPAN_HOME=$${LINKSPAN_HOME:-var/demo} $(BIN)/linkspan manage shell

migrations: ready ## write the migrations that the models need
	@$(BIN)/linkspan manage makemigrations

messages: ready ## extract every text for translators, bring every catalogue to it, and compile them
	@cd src/linkspan && ../../$(BIN)/linkspan manage makemessages -l en --add-location file --no-obsolete --no-wrap
	@sed -i '/^"POT-Creation-Date/d' src/linkspan/web/locale/en/LC_MESSAGES/django.po
	@$(BIN)/python -m linkspan.web.update_locales
	@$(BIN)/python -m linkspan.web.build_locales

dev: ready ## the demo's world on 127.0.0.1:8000, read anew at each change of the source
	@test -e var/demo || $(BIN)/linkspan demo --no-serve
	@LINKSPAN_HOME=var/demo LINKSPAN_DEMO=1 LINKSPAN_DEBUG=1 $(BIN)/linkspan manage runserver 127.0.0.1:8000

coverage: ready ## which branches of the sources the suite on SQLite does not take, into build/coverage
	@$(BIN)/coverage run --branch --source src/linkspan --data-file build/.coverage -m pytest
	@$(BIN)/coverage html -q --data-file build/.coverage -d build/coverage
	@$(BIN)/coverage report --data-file build/.coverage --skip-covered --sort cover | tail -30

setup-server: wheels ## the server alone, without what development needs, into DIR (build/server)
	@bash setup/server $(or $(DIR),build/server)
