"""Markdown that may still grow, as rows of text for a terminal; knows no widget and no screen."""
