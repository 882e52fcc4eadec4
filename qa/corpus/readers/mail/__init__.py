"""Mail (.eml): fields, and the body with its wraps undone."""
