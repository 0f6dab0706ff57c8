//! Properties that every merge has.
