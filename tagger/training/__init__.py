"""Training: corpus → padded batches → network → model. Needs the extra `train`."""
