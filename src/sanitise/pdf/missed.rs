//! What hayro says that it could not draw. A page is worth having without one of
//! its pictures, but never without a word about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hayro::hayro_interpret::{InterpreterSettings, InterpreterWarning};

use crate::sanitise::{Report, What};

/// What was missed since it was last told.
#[derive(Clone, Debug, Default)]
pub(super) struct Missed(Arc<Kinds>);

#[derive(Debug, Default)]
struct Kinds {
    fonts: AtomicBool,
    pictures: AtomicBool,
    notes: AtomicBool,
}

impl Missed {
    /// The same settings, which are listened to from now on.
    pub(super) fn heard_by(&self, settings: InterpreterSettings) -> InterpreterSettings {
        let kinds = Arc::clone(&self.0);
        InterpreterSettings {
            warning_sink: Arc::new(move |warning| {
                let kind = match warning {
                    InterpreterWarning::UnsupportedFont => &kinds.fonts,
                    InterpreterWarning::UnresolvedAnnotationAppearance => &kinds.notes,
                    // Whatever a later hayro adds is something not drawn, too.
                    _ => &kinds.pictures,
                };
                kind.store(true, Ordering::Relaxed);
            }),
            ..settings
        }
    }

    /// Tells what was missed on `page` (from 1), one line a kind, and forgets it.
    pub(super) fn tell(&self, page: u32, report: &mut Report) {
        let kinds = [
            (&self.0.pictures, "picture"),
            (&self.0.fonts, "font"),
            (&self.0.notes, "note"),
        ];
        for (kind, name) in kinds {
            if kind.swap(false, Ordering::Relaxed) {
                report.removed(What::UnknownPart, &format!("page {page} {name}"));
            }
        }
    }
}
