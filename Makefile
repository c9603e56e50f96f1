# make demo   install, train on the starter corpus, tag the example of the README
# make test   install, check style and types, run all tests
# make clean  remove what these two made
# make bench  measure this project beside its peers: CORPUS, PEERS (a,b, all or none), MINUTES
#             of training each; environments and models stay in bench/ for the next time
# make results  train PRESETS with SEEDS and PEERS on every corpus in the folder CORPORA, JOBS at
#             once, and write docs/results.md anew; what docs/results.json holds is not run again
# make ablation  train the default settings without each part of them, and with others, on some of
#             the CORPORA, and write that table of docs/results.md anew

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt
CORPUS ?= $(TAGGER_CORPORA:%=%/ud-english-ewt)
PEERS ?= all
MINUTES ?= 10
CORPORA ?= $(TAGGER_CORPORA)
PRESETS ?= fast,accurate
SEEDS ?= 1,2,3
JOBS ?= 2

.PHONY: demo test clean bench corpus results ablation

demo: .venv/train
	mkdir -p demo
	$(BIN)/tagger train starter:english --layer UPOS --layer ner --output demo/english.tagger
	FORCE_COLOR=1 $(BIN)/tagger tag docs/letter.txt --model demo/english.tagger --to color

test: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses auto --dist loadfile --cov --cov-report=term:skip-covered

bench: corpus .venv/train
	$(BIN)/python -m benchmarks.bench '$(CORPUS)' --peers '$(PEERS)' --minutes '$(MINUTES)' \
		--work bench --json bench/results.json

corpus:
	@test -n '$(CORPUS)' || { echo 'set CORPUS to a corpus with UPOS tags, or TAGGER_CORPORA' >&2; exit 1; }

results: PEERS = crfsuite
results: .venv/train
	@test -n '$(CORPORA)' || { echo 'set CORPORA to a folder of corpora, or TAGGER_CORPORA' >&2; exit 1; }
	$(BIN)/python -m benchmarks.results '$(CORPORA)' --presets '$(PRESETS)' --seeds '$(SEEDS)' \
		--peers '$(PEERS)' --jobs '$(JOBS)' --work bench

ablation: .venv/train
	@test -n '$(CORPORA)' || { echo 'set CORPORA to a folder of corpora, or TAGGER_CORPORA' >&2; exit 1; }
	$(BIN)/python -m benchmarks.ablation '$(CORPORA)' --seeds '$(SEEDS)' --jobs '$(JOBS)'

.venv/train: setup.cfg constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable '.[train]'
	touch $@

.venv/test: .venv/train
	$(INSTALL) --editable '.[train,test]'
	touch $@

clean:
	rm -rf .venv demo
