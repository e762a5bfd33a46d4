"""From interactions and gate events to carts and receipts."""
