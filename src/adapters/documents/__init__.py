"""Documents that other systems read and write."""
