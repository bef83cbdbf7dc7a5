"""What a shopper takes and pays: orders from the first item to the receipt, and back."""
