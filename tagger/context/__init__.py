"""What a token brings to the network beside its form, without torch."""
