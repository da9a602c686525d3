"""The set-up of `.venv`: what `scripts/setup.py` does when there is something to do."""
