"""What an operation would do, told before anything is changed."""
