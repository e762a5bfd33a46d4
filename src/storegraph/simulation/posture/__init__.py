"""How bodies are built, walk, bend and reach: where all joints are."""
