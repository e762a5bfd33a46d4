"""What a customer gets to read: receipts as mail, text, HTML and PDF."""
