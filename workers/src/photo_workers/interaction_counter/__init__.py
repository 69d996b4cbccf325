"""interactions -> the counts of posts, and what mends them."""
