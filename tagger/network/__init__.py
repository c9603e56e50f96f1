"""The network in torch: embeddings, recurrent cells, heads, and their assembly."""
