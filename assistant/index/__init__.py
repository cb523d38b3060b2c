"""From passages to something searchable: catalogue, embeddings, vectors, words, generations."""
