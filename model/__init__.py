"""The multi-task text-emotion model: readers, network, training, release files and the predictor."""
