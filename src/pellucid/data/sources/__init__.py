"""Where batches come from: arrays, generators, data sets made of steps; their order, and threads that work ahead."""
