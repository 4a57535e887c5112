"""A calendar on one DynamoDB table, or on MySQL: its operations on crossfade's repositories."""
