"""Settings of Hypothesis for the tests of `corpora`."""

from hypothesis import settings

settings.register_profile("corpora", deadline=None, max_examples=150, database=None)
settings.load_profile("corpora")
