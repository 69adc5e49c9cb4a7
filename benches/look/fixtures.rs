//! Pages that the corpus lacks.
