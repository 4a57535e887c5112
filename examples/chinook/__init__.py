"""Chinook, a database that others made, moved from MySQL to DynamoDB: see README.md beside this file."""
