"""Moving and checking the data: from MySQL to DynamoDB, and back."""
