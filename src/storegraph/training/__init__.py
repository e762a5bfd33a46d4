"""Teaching the own network to find people: pictures of simulated stores, the recipe, and what came of it."""
