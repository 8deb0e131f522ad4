"""Clients of outside services. Each asks one service in its documented protocol and says what was answered."""
