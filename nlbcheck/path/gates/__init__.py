"""One module for each thing that a packet meets, with that thing's rule."""
