"""Network → ONNX graphs, assembled node by node and checked against the network."""
