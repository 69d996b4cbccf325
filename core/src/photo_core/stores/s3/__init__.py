"""An S3 store behind the `ObjectStorage` port. Any store that speaks SigV4 and path-style addresses will do."""
