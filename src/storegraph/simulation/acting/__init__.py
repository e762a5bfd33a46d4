"""Acting a script out: people, goods and time in one store."""
