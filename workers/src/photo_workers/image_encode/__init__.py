"""media.uploaded -> variants in the store, the record READY or FAILED, media.processed."""
