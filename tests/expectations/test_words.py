"""Each contract says its rules whole; a rule that several of them have says the same in each."""

from __future__ import annotations

from collections import defaultdict

from expectations.contract import contract, feeds

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
