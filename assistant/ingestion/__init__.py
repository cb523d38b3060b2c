"""From a file to pages, blocks and passages, with every page accounted for."""
