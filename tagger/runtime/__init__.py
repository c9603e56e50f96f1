"""Tagging without torch: engines score tokens, decoding turns scores into tags."""
