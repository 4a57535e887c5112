"""The generic repository of examples/coagent: its parts, and properties on every implementation without a server."""
