"""What measures: cameras, scales and gates, how they are reached, and the nodes that publish what they say."""
