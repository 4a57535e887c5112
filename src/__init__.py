"""crossfade: one application on MySQL and on DynamoDB behind the same repositories."""
