//! The only unsafe.
