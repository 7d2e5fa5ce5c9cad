"""From an order to bytes that a mail server takes: texts, pictures, layout, SMTP."""
