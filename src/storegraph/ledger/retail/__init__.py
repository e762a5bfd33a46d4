"""What the retailer's own systems get: purchases by webhook and by HTTP, closed days, and reports."""
