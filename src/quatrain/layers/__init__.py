"""What works inside one position: embeddings, norms, feed-forward, residuals, heads, dropout."""
