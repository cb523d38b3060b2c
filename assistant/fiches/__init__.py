"""Fiches « cas d'usage IA »: method as data, drafting with proofs, lifecycle, portfolio."""
