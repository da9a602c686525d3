"""A made-up person and what they teach SOMA, for the demonstration and its measure."""
