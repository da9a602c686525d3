"""From a question to an answer: the engine, the runtime and what they are made of."""
