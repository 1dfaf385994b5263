"""For the teacher: a folder for a room without a network, and the gain of a class."""
