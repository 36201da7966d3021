"""Pictures and sound of a clip written as a video that browsers play, on the clock that avemo reads."""
