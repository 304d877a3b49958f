"""What publishing costs on top of 1, 10 and 100 million payments of history.

``python -m bench.publish --millions 1 10 --home FOLDER`` takes the lakes that ``bench.history`` keeps in a folder,
builds every mart in them once, and times what publishing does: the file and its Parquet, reading all of it back,
hashing, the comparison with the version before, and the switch.
"""
