"""What the house expects of its data: one contract per feed, and the judge who applies it."""
