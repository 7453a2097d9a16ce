"""Published examples, and the figures that no rule gives."""
