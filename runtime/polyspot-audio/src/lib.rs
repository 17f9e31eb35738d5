//! Audio files of any kind as mono blocks at the rate a model wants.
