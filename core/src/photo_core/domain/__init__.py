"""Pure decisions and plain frozen data. No I/O, no clock, no engine client is imported from here."""
