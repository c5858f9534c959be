//! Servers on loopback, driven by real clients.
