"""What stands between a container's time stamps and the truth, each put right before anything is decoded or placed.

display_order (AVI has stamps of decoding alone), joined (stamps that start anew), edit_list (MP4), encoder_delay (what no container says).
"""
