"""What goes wrong with streams of measurements, said as data and done to streams and bags."""
