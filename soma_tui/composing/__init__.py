"""What the composer does with text, without a terminal: chips, history, completion."""
