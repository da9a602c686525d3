"""The few tools that a specialist may use: they read and work out, and change nothing."""
