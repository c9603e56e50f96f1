# make demo   install, train on the starter corpus, tag the example of the README
# make test   install, check style and types, run all tests
# make clean  remove what these two made

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test clean

demo: .venv/train
	mkdir -p demo
	$(BIN)/tagger train starter:english --layer UPOS --layer ner --output demo/english.tagger
	FORCE_COLOR=1 $(BIN)/tagger tag docs/letter.txt --model demo/english.tagger --to color

test: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --cov --cov-report=term:skip-covered

.venv/train: setup.cfg constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable '.[train]'
	touch $@

.venv/test: .venv/train
	$(INSTALL) --editable '.[train,test]'
	touch $@

clean:
	rm -rf .venv demo
