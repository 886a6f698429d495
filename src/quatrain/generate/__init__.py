"""Text from any sequence model: `decode` draws or streams it, `beam` searches for the likeliest."""
