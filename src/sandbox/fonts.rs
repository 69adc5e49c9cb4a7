//! Fallback fonts for pages whose CJK font is not embedded, read once by the
//! parent of all workers: trusted files of this machine, never a stranger's.

use std::path::Path;
use std::sync::Arc;

use crate::sanitise::Fonts;

/// Where Debian's packages (and ours) put Mincho, in order of preference:
/// path and index in the collection.
const MINCHO: &[(&str, u32)] = &[
    ("/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf", 0),
    ("/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf", 0),
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 0),
];

/// The same for Gothic.
const GOTHIC: &[(&str, u32)] = &[
    ("/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf", 0),
    ("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf", 0),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 0),
];

/// Loads what is there. None is a normal state: `status` says so.
#[must_use]
pub fn load() -> Fonts {
    Fonts {
        mincho: first(MINCHO),
        gothic: first(GOTHIC),
    }
}

fn first(candidates: &[(&str, u32)]) -> Option<(Arc<Vec<u8>>, u32)> {
    candidates.iter().find_map(|(path, index)| {
        std::fs::read(Path::new(path))
            .ok()
            .map(|bytes| (Arc::new(bytes), *index))
    })
}
