"""How the starter model is made: corpus, generated text, tokenizer, training and evaluation."""
