"""What is drawn: a survey and its facies as layers, sections upright, in 2-D and 3-D."""
