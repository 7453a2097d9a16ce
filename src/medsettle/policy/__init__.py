"""What the documents say: reading, resolving and checking policies."""
