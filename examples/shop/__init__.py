"""A small shop on crossfade: the same code on MySQL and on DynamoDB."""
