"""Errors that carry a decision, so that a scheduler knows whether trying again can help."""


class DayFailed(Exception):
    """The data or the settings are wrong: running the step again with the same input cannot help."""


class NotYet(DayFailed):
    """Something else has to happen first: running the step again later can help."""


class LockBusy(NotYet):
    """Another run holds the home for longer than this one may wait."""


class StepBroken(Exception):
    """DuckDB could not do a step; the message holds no value of any row."""
