"""Gates: from a controller, a turnstile or a recording to gate events."""
