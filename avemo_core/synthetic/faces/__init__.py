"""The actors' faces: portraits, their mesh, and what moves it."""
