"""The slip: what a patient is handed, as text and as a page that prints."""
