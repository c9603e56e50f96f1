"""The version of the project, in the one place from which all others take it."""

__version__ = "0.1.0"
