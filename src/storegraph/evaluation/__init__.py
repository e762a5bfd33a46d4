"""How well results agree with the truth."""
