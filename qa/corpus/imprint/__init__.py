"""What a document says of itself outside of its text: title, number, issuer, dates, validity."""
