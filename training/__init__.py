"""From conversations to a better model: checkpoints, conversion, training and evaluation."""
