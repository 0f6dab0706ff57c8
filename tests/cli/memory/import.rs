//! What is imported: every format, again and again, broken and hostile.
