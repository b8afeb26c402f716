"""Training, evaluating and running a network: objectives, stages of a step, steppers, loops, and the door for data."""
