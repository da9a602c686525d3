"""What people say about themselves, read by rules from their own sentences."""
