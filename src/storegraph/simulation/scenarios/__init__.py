"""The scenario language, the library, and how a scenario is cast for a store and a seed."""
