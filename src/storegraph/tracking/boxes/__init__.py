"""People followed from boxes alone: where a detector says that somebody is, and nothing of their joints."""
