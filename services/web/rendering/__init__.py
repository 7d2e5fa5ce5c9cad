"""From data to HTML: templates, texts, formats, assets."""
