"""Errors that carry a decision, so that a scheduler knows whether trying again can help."""


class DayFailed(Exception):
    """The data or the settings say no: running the step again with the same input cannot help."""
