"""French: normalisation, sentences, tokens, numbers and dates. Shared by every room above."""
