"""Lines: the best one of each loss, and everything the page of regression shows."""
