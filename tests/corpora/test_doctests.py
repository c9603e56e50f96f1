"""Every example in a docstring runs; every public name has a docstring."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import corpora

MODULES = ["corpora", *(f"corpora.{m.name}" for m in pkgutil.iter_modules(corpora.__path__))]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    # those of the starter corpora run where their files are tested
    tests = [t for t in doctest.DocTestFinder().find(module) if "starter:" not in (t.docstring or "")]
    runner = doctest.DocTestRunner()
    reports: list[str] = []
    for test in tests:
        runner.run(test, out=reports.append)
    assert "".join(reports) == ""


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    with_examples = [
        name for name in MODULES if any(t.examples for t in finder.find(importlib.import_module(name)))
    ]
    assert {"corpora.sentence", "corpora.schemes", "corpora.tokenization"} <= set(with_examples)


@pytest.mark.parametrize("name", MODULES)
def test_public_names_are_documented(name: str) -> None:
    module = importlib.import_module(name)
    public = [
        value
        for key, value in vars(module).items()
        if not key.startswith("_") and getattr(value, "__module__", None) == name
    ]
    assert inspect.getdoc(module)
    for value in public:
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), value
