"""From weight events and shoppers to who took or put back what, with probabilities."""
