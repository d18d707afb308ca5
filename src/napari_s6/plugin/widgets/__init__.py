"""Small widgets that docks are made of; none holds any state of the survey."""
