"""The catalogue: flavors, images and commercial types, as configuration."""
