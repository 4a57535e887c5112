"""Shared calendars: who may do what in them, and what stands in them."""
