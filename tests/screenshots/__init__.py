"""Screenshots that we draw ourselves: nobody's names are on them."""
