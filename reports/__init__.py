"""What head office and branches look at, drawn from the published warehouse alone."""
