"""posts.deleted -> what is left of a deleted post is removed, surface by surface, with a receipt."""
