"""What leaves for another machine: the offline bundle, the bill of materials, the licences."""
