"""The *Export facies* dock."""
