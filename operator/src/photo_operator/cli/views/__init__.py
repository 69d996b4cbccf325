"""What commands answer, as structs built by pure functions; with `-o json` they are the answer."""
