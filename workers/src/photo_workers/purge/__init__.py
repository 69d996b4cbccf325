"""What is left of deleted posts (posts.deleted) and accounts is removed, surface by surface, with receipts."""
