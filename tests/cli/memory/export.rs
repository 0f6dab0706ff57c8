//! What is exported, and that it comes back as it was.
