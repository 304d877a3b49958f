"""The day of the Perisai warehouse: its settings, its steps and its command line."""
