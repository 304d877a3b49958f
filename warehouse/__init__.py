"""The lake, the models over it, and what is published from them."""
