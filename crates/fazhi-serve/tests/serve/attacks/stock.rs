//! What the library's own server does with the same: the reason for each of our own ways.

