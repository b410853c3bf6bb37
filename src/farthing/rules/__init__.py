"""What is true without a computer: tokens, prices, periods, filters. No I/O, no clock, no framework."""
