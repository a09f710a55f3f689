"""Measurements: quality against gold data, speed as ratios. Nothing here asserts a time."""
