"""Operations: one file per thing an operator does, each over the pure rooms and the database."""
