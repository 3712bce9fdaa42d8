"""The image dialect at `/image/v2`: to look at images, and to delete one's own."""
