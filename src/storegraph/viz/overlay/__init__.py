"""What each camera sees, with the people that were found in it."""
