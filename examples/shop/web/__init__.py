"""The shop's HTTP interface: one router a service, no logic of its own."""
