"""Bulk import jobs for shops, on one DynamoDB table: its operations on crossfade's repositories."""
