"""s3.events -> the record UPLOADED, media.uploaded; and a sweeper for events that were lost."""
