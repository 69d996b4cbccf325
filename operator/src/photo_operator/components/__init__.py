"""What the operator knows of every component that it deploys."""
