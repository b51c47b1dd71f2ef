"""Three-way merge of contents, and the strategies that decide a conflict."""
