"""The demo: a made-up person's weeks, played on the real application by a guide at its keys."""
