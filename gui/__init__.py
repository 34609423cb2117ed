"""The window over :mod:`server_core`: ``startup`` runs before Qt, ``app`` puts the parts together."""
