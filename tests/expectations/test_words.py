"""Each contract says its rules whole; a rule that several of them have says the same in each."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from expectations.contract import contract, feeds
from warehouse.personal import KINDS

OF_THE_FEED = {"status_known", "region_exists_then"}
"""Rules that name values, or the date, of their own feed."""


def test_a_rejection_is_worded_alike_in_every_contract() -> None:
    said = defaultdict(set)
    for rules in map(contract, feeds()):
        for rule in rules.rules:
            words = f"{rule.reason} / {rule.saran}"
            for column in rules.exported:  # the same column may have another heading in another feed
                if rule.name.startswith(f"{column.name}_"):
                    words = words.replace(str(column.header), column.name)
            said[rule.name].add(words)
    assert {name for name, words in said.items() if len(words) > 1} == OF_THE_FEED
    assert len(said) > len(OF_THE_FEED)


@pytest.mark.parametrize("feed", feeds())
def test_no_words_of_a_rule_stop_the_publication_that_tells_them(feed: str) -> None:
    """The guard of what is published takes an example of a number for a person's."""
    said = {rule.name: f"{rule.reason} {rule.saran}" for rule in contract(feed).rules}
    assert said
    assert not [name for name, words in said.items() if any(re.search(like, words) for like in KINDS.values())]
