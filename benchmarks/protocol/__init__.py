"""How speed is compared: correctness first, interleaved rounds, medians, peers and limit beside the product."""
