"""Files by what they contain: pictures and documents, on a disk or in an S3-compatible store."""
