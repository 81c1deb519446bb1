"""What was read on screenshots, what is doubtful about it, and what people decide: doubts → findings → decisions."""
