"""Tables and revisions held against the models: checked, compared, drafted."""
