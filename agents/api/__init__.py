"""What other systems read from us over HTTP: the agency's figures."""
