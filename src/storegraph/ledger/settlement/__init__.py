"""From what happened in the store to the steps that move money."""
