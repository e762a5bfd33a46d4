"""Where the money is moved: one port, and the providers behind it."""
