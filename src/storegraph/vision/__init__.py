"""From pictures to the keypoints of the people in them."""
