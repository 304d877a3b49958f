"""What the house expects of its data: one contract per feed, and the judge who applies it."""

import logging

logging.getLogger("great_expectations").setLevel(logging.WARNING)  # before its import, which logs hundreds of lines
