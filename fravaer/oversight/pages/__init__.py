"""What those who check others see: the log, its samples, and what is held about a child."""
