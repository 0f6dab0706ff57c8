//! `cmpm doctor`: what it finds, what it mends, and that it writes nothing unasked.
