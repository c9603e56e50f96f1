"""Every example in a docstring runs; every public name has a docstring."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import corpora
import tagger

MODULES = [
    "corpora",
    "tagger",
    *(
        module.name
        for package in (corpora, tagger)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if module.name != "tagger.__main__"  # to import it is to run it
    ),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    runner = doctest.DocTestRunner()
    reports: list[str] = []
    for test in doctest.DocTestFinder().find(importlib.import_module(name)):
        runner.run(test, out=reports.append)
    assert "".join(reports) == ""


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    with_examples = {
        name for name in MODULES if any(t.examples for t in finder.find(importlib.import_module(name)))
    }
    assert with_examples >= {
        "corpora",
        "corpora.schemes",
        "corpora.sentence",
        "corpora.tokenization",
        "tagger.config",
        "tagger.features",
        "tagger.pipeline",
        "tagger.runtime.numpy_engine",
        "tagger.settings",
        "tagger.vocabulary",
    }


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


@pytest.mark.parametrize("name", tagger.__all__)
def test_names_that_users_import_are_there(name: str) -> None:
    assert inspect.getdoc(getattr(tagger, name)) or isinstance(getattr(tagger, name), str)
    assert name in dir(tagger)


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match=r"^module 'tagger' has no attribute 'lood'$"):
        _ = tagger.lood
