"""The *Facies* dock."""
