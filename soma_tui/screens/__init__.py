"""The places of the application and the small screens that open over them."""
