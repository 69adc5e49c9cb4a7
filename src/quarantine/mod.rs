//! Every original, sealed.
