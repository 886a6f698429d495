"""The vocabulary of all tiny models here."""

END = "<|endoftext|>"
LETTERS = "abcdefghijklmnopqrstuvwxyz .,"
VOCAB = len(LETTERS) + 3
"""The letters, the end of text, and two tokens no text has: embeddings are often padded so."""
ENDS = {"bos_token_id": 0, "eos_token_id": 0}
