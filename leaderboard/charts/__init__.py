"""The charts of the page as inline SVG, one module each."""
