"""Pure tensor functions: attention, trees of state, co-occurrences."""
