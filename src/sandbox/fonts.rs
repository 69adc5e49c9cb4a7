//! Fallback fonts for pages whose CJK font is not embedded, opened once by the
//! parent of all workers: trusted files of this machine, never a stranger's.

use std::fs::File;
use std::sync::Arc;

use crate::sanitise::{FontBytes, Fonts};
use crate::sys::Mapping;

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

/// The font files of this machine, open. Only workers that draw text map them:
/// what the parent maps would count against every worker's address space.
#[derive(Debug)]
pub struct FontFiles {
    mincho: Option<(File, u32)>,
    gothic: Option<(File, u32)>,
}

impl FontFiles {
    /// Opens what is there. None is a normal state: `status` says so.
    #[must_use]
    pub fn open() -> Self {
        Self {
            mincho: first(MINCHO),
            gothic: first(GOTHIC),
        }
    }

    /// Whether there is one at all.
    #[must_use]
    pub fn any(&self) -> bool {
        self.mincho.is_some() || self.gothic.is_some()
    }

    /// Their bytes, mapped: a page of text touches few of them.
    #[must_use]
    pub fn mapped(&self) -> Fonts {
        Fonts {
            mincho: self.mincho.as_ref().and_then(mapped),
            gothic: self.gothic.as_ref().and_then(mapped),
        }
    }
}

fn first(candidates: &[(&str, u32)]) -> Option<(File, u32)> {
    candidates
        .iter()
        .find_map(|(path, index)| Some((File::open(path).ok()?, *index)))
}

fn mapped((file, index): &(File, u32)) -> Option<(FontBytes, u32)> {
    Some((Arc::new(Mapping::of(file).ok()?), *index))
}
