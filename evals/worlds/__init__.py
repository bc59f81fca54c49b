"""Planted worlds: what people want otherwise is known, so what a loop finds can be counted."""
