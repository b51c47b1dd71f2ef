"""Three-way merge of syntax trees: where order has no meaning, what either side added stands side by side."""
