"""What a person does, with what a person gets: built wheels, plain pip, a new environment, real processes."""
