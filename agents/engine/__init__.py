"""llama.cpp in this process, and what has to be known about a model file before it gets there."""
