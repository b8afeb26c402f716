"""Where Keras 1 and 2 had the convolutions, and what changes the size of images."""
