"""What waits for a person, with its evidence, and what becomes of what they decide."""
