"""A whole small shop on one machine: simulated devices on real wires, the box, and a cloud that is cut halfway."""
