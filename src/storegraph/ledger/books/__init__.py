"""The books: an append-only chain of facts, what follows from them, and the database that holds both."""
