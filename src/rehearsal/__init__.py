"""Rehearsing a move: what every client did and saw is recorded, and checked for lost writes afterwards."""
