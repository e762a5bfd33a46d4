"""Results in other people's forms."""
