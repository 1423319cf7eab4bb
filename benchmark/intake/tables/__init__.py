"""Reading tables that people bring, whatever program wrote them; no row is lost without a word."""
