"""What survives a restart: TinyDB on an append-only, crash-safe journal, and what is kept in it."""
