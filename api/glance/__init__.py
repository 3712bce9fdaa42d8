"""The image dialect at `/image/v2`, which reads only."""
