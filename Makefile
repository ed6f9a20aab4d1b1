# Reprise: `make` lists the targets. Every target that needs the environment creates it first.
.DEFAULT_GOAL := help
.PHONY: help setup reproduce sounds sweep select power calibrate publish explain ask serve test faults check bench up down worker audit reconcile verify lock clean
SHELL := /bin/sh

VENV := .venv
READY := $(VENV)/.ready
PEERS := .venv-bench/.ready
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
# INPUT as it was typed: a dollar sign in it is no variable of make. (A comment behind it would add a space.)
override INPUT := $(value INPUT)
export INPUT

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile
	@echo "  ALL=1, ORIGINALS=1, SEEDS=n, SWEEP=0, ENGINE=jax choose what \`make reproduce\` runs; REPRISE_MIRROR=/folder stands in for the originals"

setup: $(READY) ## create the environment in .venv (EXTRA=browser, fuzz, gpu, s3, ssh or servers: with this extra)
	@if [ -n "$(EXTRA)" ]; then scripts/setup extra $(EXTRA); fi

$(READY): requirements.lock locks/build.lock scripts/setup
	@scripts/setup

reproduce: $(READY) ## run every stage, from the data to the page
	@ALL="$(ALL)" ORIGINALS="$(ORIGINALS)" SEEDS="$(SEEDS)" SWEEP="$(SWEEP)" ENGINE="$(ENGINE)" \
	    python -m pipeline.commands.reproduce

sounds: $(READY) ## the sound networks and the forest on sounds of your own (FOLDER=/folder; docs/own-sounds.md)
	@FOLDER="$(FOLDER)" NAME="$(if $(findstring command,$(origin NAME)),$(NAME))" LICENCE="$(LICENCE)" CITATION="$(CITATION)" \
	    LONGEST="$(LONGEST)" FOLDS="$(FOLDS)" SEEDS="$(SEEDS)" SELECT="$(SELECT)" python -m pipeline.commands.sounds

sweep: $(READY) ## also run the grid of params.yaml: variants x boards x seeds, and their leaderboard
	@ALL="$(ALL)" ORIGINALS="$(ORIGINALS)" SEEDS="$(SEEDS)" SWEEP=1 ENGINE="$(ENGINE)" \
	    python -m pipeline.commands.reproduce

select: $(READY) ## compare the recipes for city sounds while each test fold is held out, and name the best
	@python -m pipeline.commands.select

power: $(READY) ## estimate how many seeds would tell two entries of a board apart (BOARD=digits A=lstm B=gru)
	@BOARD="$(BOARD)" A="$(A)" B="$(B)" python -m pipeline.commands.power

calibrate: $(READY) ## try the judge on claims with a known truth: how often is it wrong, and what does it catch?
	@python -m pipeline.commands.calibrate

publish: $(READY) ## copy the page to docs/results/ and its answer into the READMEs (FEWER=1: also over a fuller page)
	@FEWER="$(FEWER)" python -m pipeline.commands.publish

explain: $(READY) ## show which runs would train and why, without running anything
	@python -m pipeline.commands.explain

ask: $(READY) ## ask a trained network: EXPERIMENT=am_64 INPUT='((a+b)*c-d1)/(e+2)' (docs/ask.md)
	@EXPERIMENT="$(EXPERIMENT)" python -m pipeline.commands.ask

serve: $(READY) ## let the best network of a family, or of an experiment, answer on 127.0.0.1: MODEL=automata (SERVE_PORT=n)
	@MODEL="$(MODEL)" python -m pipeline.commands.serve

test: $(READY) ## run the tests (TESTS=path or other arguments for pytest)
	@echo "tests: pytest $(TESTS)"
	@python -m pytest $(TESTS)

faults: $(READY) ## kill the real servers, workers and trainings, and train on two hosts (over an hour)
	@python -m pytest -m services

check: $(READY) ## ruff, mypy, and the layers by import-linter
	@ruff check . && ruff format --check . && mypy && lint-imports

bench: $(READY) $(PEERS) ## compare speed with other libraries: reports/benchmarks.json (BENCH=section: only that)
	@python -m benchmarks $(BENCH)

PEERS_PIP := .venv-bench/bin/pip install --quiet --no-deps --require-hashes --requirement
$(PEERS): locks/bench.lock locks/bench-torch.lock locks/bench-torch-cpu.lock
	@python3 -m venv .venv-bench && $(PEERS_PIP) locks/bench.lock
	@$(PEERS_PIP) locks/bench-torch-cpu.lock 2>/dev/null || true # only where an index has the build without CUDA
	@.venv-bench/bin/python -c 'import torch' 2>/dev/null || $(PEERS_PIP) locks/bench-torch.lock
	@touch $@

up: $(READY) ## start the Prefect and MLflow servers and the workers on 127.0.0.1 (WORKERS=n, SHARED=1; Ctrl-C ends all)
	@SHARED="$(SHARED)" NO_PASSWORD="$(NO_PASSWORD)" python -m flows.up

down: $(READY) ## end what `make up` has started, also after a kill
	@python -m flows.down

worker: $(READY) ## start one more worker, here or on another machine: POOL=gpu PLACE=0 (see docs/cluster.md)
	@python -m flows.worker $(or $(POOL),gpu) $(or $(PLACE),0)

reconcile: $(READY) ## close, or return for resuming, what a kill has left open (MLflow and the disk)
	@python -m pipeline.commands.reconcile

verify: $(READY) ## is every file what was written? Data, DVC's cache, results and models; what is damaged is removed
	@python -m pipeline.commands.verify

audit: $(READY) ## check that every package is locked with hashes, list licences, and look for known vulnerabilities
	@scripts/setup audit 2>/dev/null || true
	@python -m pipeline.commands.audit

lock: $(READY) ## rewrite requirements.lock and locks/ from pyproject.toml and benchmarks/requirements.txt
	@scripts/lock

LOCK := .dvc/tmp/reprise.lock

clean: ## remove the environment (data, runs and reports stay)
	@if [ -e $(LOCK) ] && command -v flock >/dev/null && ! flock --nonblock $(LOCK) true; then \
	    echo "clean: $$(cat $(LOCK)) is at work in this checkout; wait until it has ended, or end it" >&2; exit 1; fi
	rm -rf $(VENV) .venv-bench .venv-audit
