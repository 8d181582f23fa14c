"""How the documentation is built: Markdown by Sphinx, without a network, every warning an error."""

project = "The hub"
copyright = "The hub authors"
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "The hub"
html_show_sphinx = False
html_copy_source = False
html_extra_path = ["reference/hub-module.schema.json"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
