"""Container images of the integration tests: see README.md."""
