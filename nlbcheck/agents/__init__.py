"""What programs that reason with text are told: short, the verdict first, foreign text marked as data."""
