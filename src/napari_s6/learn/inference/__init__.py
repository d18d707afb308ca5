"""From a trained model to the facies of sections and volumes."""
