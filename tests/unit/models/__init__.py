"""Small models of the protocols that keep two stores equal, and of every order in which their steps can happen.

A model has a `start`, the `steps` that can follow a state, and says what is `wrong` with a state. It names its rules:
`without` takes some away, and the explorer must then find how a write is lost.
"""
